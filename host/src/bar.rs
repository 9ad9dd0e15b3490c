//! The progress bar: appears on a terminal while work takes long, and disappears when it is done.

use crate::cli::Common;
use ensurepip_host::{Progress, Step};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use std::env;
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

/// Shorter work shows no bar: it would disappear before anyone could read it.
const NOTICEABLE: Duration = Duration::from_millis(200);

/// The layouts of a step: with a count of files, or without one where it is unknown.
const COUNTED: &str = "{msg} [{bar:30}] {pos}/{len}";
const UNCOUNTED: &str = "{msg} …";

/// A bar that appears once the work takes long, and erases itself when dropped.
pub(crate) struct Bar {
    began: Instant,
    is_wanted: bool,
    shown: Option<ProgressBar>,
    /// The current message and layout.
    look: (&'static str, &'static str),
}

impl Bar {
    /// The bar of a run with these options.
    pub(crate) fn new(options: &Common) -> Bar {
        Bar::for_verbosity(options.verbose, options.quiet || options.no_progress)
    }

    /// A bar that the user may have turned off. None is shown beside a log, which shares the terminal.
    pub(crate) fn for_verbosity(verbose: u8, is_off: bool) -> Bar {
        let is_dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        let is_wanted = !is_off && verbose <= 1 && !is_dumb && io::stderr().is_terminal();
        Bar { began: Instant::now(), is_wanted, shown: None, look: ("", "") }
    }

    /// Shows the progress, if the work takes long.
    pub(crate) fn show(&mut self, progress: Progress) {
        if !self.is_wanted || self.began.elapsed() < NOTICEABLE {
            return;
        }
        let message = match progress.step {
            Step::Layers => "Reading layers (MiB)",
            Step::Check => "Checking",
            Step::Wait => "Waiting for another run to end",
            Step::Stage => "Unpacking",
            Step::Compile => "Compiling",
            _ => "Finishing",
        };
        let bar = self.shown.get_or_insert_with(|| {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
                .with_finish(ProgressFinish::AndClear)
        });
        bar.set_length(progress.files.into());
        bar.set_position(progress.done.into());
        let look = (message, if progress.files == 0 { UNCOUNTED } else { COUNTED });
        if self.look != look {
            self.look = look;
            let style = ProgressStyle::with_template(look.1);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_message(message);
        }
    }
}
