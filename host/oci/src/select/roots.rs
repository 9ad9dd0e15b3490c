//! Which descriptors of `index.json` a reference names.

use crate::Error;
use crate::document::descriptor::{Descriptor, Names};
use crate::document::index::Index;

/// The descriptors that a reference names. The outer error is that of a document, the inner one the
/// reason why the reference does not select an image.
pub(super) fn find(
    index: &Index,
    reference: Option<&str>,
) -> Result<Vec<Descriptor>, Result<Error, String>> {
    let mut named = Vec::new();
    for descriptor in &index.manifests {
        named.push((descriptor.names().map_err(Ok)?, descriptor));
    }
    match reference {
        Some(reference) => of_reference(&named, reference),
        None => only(&named),
    }
    .map(|found| found.into_iter().cloned().collect())
}

type Named<'index> = (Names, &'index Descriptor);
type Chosen<'index> = Result<Vec<&'index Descriptor>, Result<Error, String>>;

fn of_reference<'index>(named: &[Named<'index>], reference: &str) -> Chosen<'index> {
    let found: Vec<&Named> = named.iter().filter(|(names, _)| names.include(reference)).collect();
    if let Some(((first, _), rest)) = found.split_first() {
        // `docker save` writes several images whose references are all `latest`.
        return match rest.iter().find(|(names, _)| names.image != first.image) {
            Some((other, _)) => {
                let both = [first, other].map(describe).join(" and ");
                Err(Err(format!("reference `{}` names both {both}", reference.escape_debug())))
            }
            None => Ok(found.iter().map(|(_, descriptor)| *descriptor).collect()),
        };
    }
    let by_digest = named.iter().find(|(_, it)| it.digest.to_string() == reference);
    match by_digest {
        Some((_, descriptor)) => Ok(vec![descriptor]),
        None => Err(Err(format!("no reference `{}`; {}", reference.escape_debug(), list(named)))),
    }
}

/// The only image. Descriptors without a name do not count if there is one with a name: some tools
/// list every manifest.
fn only<'index>(named: &[Named<'index>]) -> Chosen<'index> {
    let mut candidates: Vec<&Named> = named.iter().filter(|(names, _)| !names.is_empty()).collect();
    if candidates.is_empty() {
        for candidate in named {
            if candidate.1.artifact_type().map_err(Ok)?.is_none() {
                candidates.push(candidate);
            }
        }
    }
    let Some(((first, _), rest)) = candidates.split_first() else {
        return Err(Err("contains no image".to_owned()));
    };
    if rest.iter().any(|(names, _)| names != first) {
        return Err(Err(format!("contains several images, so `:REF` is needed; {}", list(named))));
    }
    Ok(candidates.iter().map(|(_, descriptor)| *descriptor).collect())
}

/// The references that there are, or the digests if there are none.
fn list(named: &[Named]) -> String {
    const SHOWN: usize = 20;
    let mut shown: Vec<String> = named
        .iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, _)| describe(names))
        .collect();
    let what = if shown.is_empty() { "digests" } else { "references" };
    if shown.is_empty() {
        shown = named.iter().map(|(_, descriptor)| descriptor.digest.to_string()).collect();
    }
    shown.sort();
    shown.dedup();
    let more = shown.len().saturating_sub(SHOWN);
    shown.truncate(SHOWN);
    let mut text = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") };
    if more > 0 {
        text = format!("{text} and {more} more");
    }
    format!("{what}: {text}")
}

/// The name that selects an image: the full one if there is one.
fn describe(names: &Names) -> String {
    let name = names.image.as_ref().or(names.reference.as_ref());
    name.map_or(String::new(), |name| format!("`{}`", name.escape_debug()))
}
