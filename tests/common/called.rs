// Included by its absolute path, as cargo compiles a dependency: so are calls in it named.
async fn called_from_an_absolute_path() -> u32 {
    tollbridge::task::spawn_blocking(|| 1).await.expect("the job returns")
}
