use crate::run::Result;
pub(crate) fn check() -> Result<()> {
    Err("todo".to_owned())
}
