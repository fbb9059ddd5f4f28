//! The copy of tokio: in the target folder, whole or not there.

use std::fs;
use std::path::{Path, PathBuf};

use super::edits;
use crate::error::every_job::Error;

/// Files of a registry's folder that are no part of the package.
const LEFT_OUT: [&str; 4] = [".cargo-ok", ".cargo_vcs_info.json", "Cargo.lock", ".cargo-checksum.json"];

/// The files of a copy of `tokio`, by their names in it. All edits fit then.
pub(super) fn files(tokio: &Path, agent: Option<&PathBuf>) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
    for file in edits::files() {
        // One that is missing is an anchor that is not found.
        let text = fs::read_to_string(tokio.join(file)).unwrap_or_default();
        edits::edited(tokio, file, &text)?;
    }
    let mut files = vec![(PathBuf::from(edits::ADDED), edits::added(agent).into_bytes())];
    for entry in walkdir::WalkDir::new(tokio).sort_by_file_name() {
        let entry = entry.map_err(|error| Error::Read { path: tokio.to_owned(), source: error.into() })?;
        let Ok(file) = entry.path().strip_prefix(tokio) else { continue };
        if !entry.file_type().is_file() || LEFT_OUT.iter().any(|left_out| file == Path::new(left_out)) {
            continue;
        }
        let bytes = fs::read(entry.path()).map_err(|source| Error::Read { path: entry.path().to_owned(), source })?;
        files.push((file.to_owned(), changed(tokio, file, bytes)?));
    }
    Ok(files)
}

/// What stands in the copy for a file of tokio's.
fn changed(tokio: &Path, file: &Path, mut bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    if file == Path::new("Cargo.toml") {
        // It lies below another workspace.
        bytes.extend_from_slice(b"\n[workspace]\n");
    } else if let (Some(name), Ok(text)) = (file.to_str(), std::str::from_utf8(&bytes)) {
        if let Some(edited) = edits::edited(tokio, &name.replace('\\', "/"), text)? {
            return Ok(edited.into_bytes());
        }
    }
    Ok(bytes)
}

/// Makes the copy of these files at `copy`, or leaves the one that is there, if it is the same: cargo then has nothing to build.
pub(super) fn make(copy: &Path, files: &[(PathBuf, Vec<u8>)]) -> Result<(), Error> {
    if is_same(copy, files) {
        return Ok(());
    }
    match write(copy, files) {
        // Another build of the same project may have been faster.
        Err(source) if !is_same(copy, files) => Err(Error::Write { path: copy.to_owned(), source }),
        _ => Ok(()),
    }
}

fn is_same(copy: &Path, files: &[(PathBuf, Vec<u8>)]) -> bool {
    let there = walkdir::WalkDir::new(copy)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .count();
    there == files.len()
        && files.iter().all(|(file, bytes)| fs::read(copy.join(file)).is_ok_and(|there| there == *bytes))
}

/// Writes it beside its place first, so that a build that is broken off leaves no half.
fn write(copy: &Path, files: &[(PathBuf, Vec<u8>)]) -> std::io::Result<()> {
    let parent = copy.parent().unwrap_or(copy);
    fs::create_dir_all(parent)?;
    let name = copy.file_name().unwrap_or_default().to_string_lossy();
    let new = parent.join(format!(".{name}-{}", std::process::id()));
    let written = files.iter().try_for_each(|(file, bytes)| {
        let path = new.join(file);
        fs::create_dir_all(path.parent().unwrap_or(&new))?;
        fs::write(path, bytes)
    });
    let replaced = written.and_then(|()| {
        // Another build, which is at the same, may have been faster: what it compiles stays.
        if is_same(copy, files) {
            return fs::remove_dir_all(&new);
        }
        if copy.exists() {
            fs::remove_dir_all(copy)?;
        }
        fs::rename(&new, copy)
    });
    if replaced.is_err() {
        // What is left of it is of no use, and may be what fills the disk.
        let _ = fs::remove_dir_all(&new);
    }
    replaced
}
