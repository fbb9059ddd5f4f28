//! Where a call is, as other tools want it: path, line and column apart.

use crate::write::label::parts;

/// A site in its parts.
pub(super) struct CallSite<'a> {
    pub(super) path: &'a str,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
}

/// Takes a site apart; what is no `path:line:column` is all path.
pub(super) fn call_site(site: &str) -> CallSite<'_> {
    let (path, line, column) = parts(site);
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<u32>().ok());
    match (number(line), number(column)) {
        (line @ Some(_), column @ Some(_)) => CallSite { path, line, column },
        _ => CallSite { path: site, line: None, column: None },
    }
}
