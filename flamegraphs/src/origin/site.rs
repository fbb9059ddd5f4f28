//! A site in its parts.

/// Path, line, column of `path:line:column`; `<other>` has only the first.
pub(crate) fn parts(site: &str) -> (&str, Option<&str>, Option<&str>) {
    let mut parts = site.rsplitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(column), Some(line), Some(path)) => (path, Some(line), Some(column)),
        _ => (site, None, None),
    }
}
