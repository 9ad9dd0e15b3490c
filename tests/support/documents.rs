//! The documents, and the blocks of code in them.

use std::fs;
use std::path::Path;

/// A fenced block of code.
#[derive(Debug)]
pub(crate) struct Block {
    /// The page, and the line that the block begins on.
    pub(crate) place: String,
    /// The heading above it.
    heading: String,
    /// Its language, as the fence states it.
    pub(crate) language: String,
    pub(crate) text: String,
}

impl Block {
    /// Whether it is under this heading.
    pub(crate) fn is_under(&self, heading: &str) -> bool {
        self.heading == heading
    }
}

/// The text of a page, by its path in this repository.
pub(crate) fn page(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// All blocks of a page, in order.
pub(crate) fn blocks(path: &str) -> Vec<Block> {
    let (mut blocks, mut heading, mut open) = (Vec::new(), String::new(), None::<Block>);
    for (number, line) in page(path).lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, Some(language)) => {
                open = Some(Block {
                    place: format!("{path}:{}", number + 1),
                    heading: heading.clone(),
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            (None, None) if line.starts_with('#') => {
                line.trim_start_matches(['#', ' ']).clone_into(&mut heading);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{path}: the last block has no end");
    blocks
}

/// The blocks under a heading. Their number and languages must be these.
pub(crate) fn blocks_under<const N: usize>(
    path: &str,
    heading: &str,
    languages: [&str; N],
) -> [Block; N] {
    let found: Vec<Block> =
        blocks(path).into_iter().filter(|block| block.is_under(heading)).collect();
    let spoken: Vec<&str> = found.iter().map(|block| &*block.language).collect();
    assert_eq!(spoken, languages, "{path}: `{heading}`");
    found.try_into().expect("they were counted")
}
