//! How reports become JSON.
//!
//! Not by `serde_json`: linking it adds `impl PartialEq<Value> for i32` and the like to the app, where they can leave a type
//! open that was clear before (`assert_eq!(vec, [])`). And not by a derive, whose compiler plugin is a second and a half of an
//! app's build for structs that only want their fields named. Reading (feature `read`) has both.

/// Writes a struct as an object of these fields, in this order.
macro_rules! written {
    ($name:ident $(<$life:lifetime>)? { $($field:ident),+ }) => {
        impl nojson::DisplayJson for $name $(<$life>)? {
            fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
                // A field that is missing from the list does not compile.
                let Self { $($field),+ } = self;
                f.object(|f| {
                    $(f.member(stringify!($field), $field)?;)+
                    Ok(())
                })
            }
        }
    };
}

pub(super) use written;
