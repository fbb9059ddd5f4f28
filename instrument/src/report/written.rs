//! What `#[derive(Serialize)]` would write, without the derive: the macro's compiler plugin is a second and a half of an
//! app's build, for structs that only want their fields named. Reading (feature `read`) derives.

/// Writes a struct as a map of these fields, in this order.
macro_rules! written {
    ($name:ident { $($field:ident),+ }) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct as _;
                // A field that is missing from the list does not compile.
                let Self { $($field),+ } = self;
                let fields = [$(stringify!($field)),+].len();
                let mut map = serializer.serialize_struct(stringify!($name), fields)?;
                $(map.serialize_field(stringify!($field), $field)?;)+
                map.end()
            }
        }
    };
}

pub(super) use written;
