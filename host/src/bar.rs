//! The progress bar: for whoever looks at a terminal while work takes long, and gone when it is done.

use crate::cli::Common;
use ensurepip_host::{Progress, Step};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use std::env;
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

/// What takes no longer is done before anyone has read what it is.
const NOTICEABLE: Duration = Duration::from_millis(200);

/// How a step looks: of which so many files are done, or nothing is known.
const COUNTED: &str = "{msg} [{bar:30}] {pos}/{len}";
const UNCOUNTED: &str = "{msg} …";

/// A bar that shows itself when it is time to, and erases itself when it is dropped.
pub(crate) struct Bar {
    began: Instant,
    is_wanted: bool,
    shown: Option<ProgressBar>,
    /// What it says, and how.
    look: (&'static str, &'static str),
}

impl Bar {
    /// The bar of a run with these options. It is not wanted beside a log, which is on the same
    /// terminal.
    pub(crate) fn new(options: &Common) -> Bar {
        let is_dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        let is_asked_away = options.quiet || options.no_progress || options.verbose > 1;
        let is_wanted = !is_asked_away && !is_dumb && io::stderr().is_terminal();
        Bar { began: Instant::now(), is_wanted, shown: None, look: ("", "") }
    }

    /// Shows where the work is, if it takes long.
    pub(crate) fn show(&mut self, progress: Progress) {
        if !self.is_wanted || self.began.elapsed() < NOTICEABLE {
            return;
        }
        let message = match progress.step {
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
