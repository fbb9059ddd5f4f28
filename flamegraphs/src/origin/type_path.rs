//! The type name of a job, taken apart: in which crate and module its closure stands, in which type and function.

/// How the compiler names a closure, or the body of an `async fn`, in the function that it stands in.
const CLOSURE: &str = "{{closure}}";

/// The crate whose calls are told apart.
pub(super) const TOKIO: &str = "tokio";

/// Parts of a type name between `::`, those inside angle brackets left together.
#[derive(Clone, Debug)]
pub(super) struct TypePath<'a>(Vec<&'a str>);

impl<'a> TypePath<'a> {
    pub(super) fn of(name: &'a str) -> Self {
        if name.is_empty() { Self(Vec::new()) } else { Self(split(name, "::")) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_closure(&self) -> bool {
        self.0.last() == Some(&CLOSURE)
    }

    /// Type and trait of `<T as Trait>::function`.
    fn qualified(&self) -> Option<(Self, Self)> {
        let within = self.0.first()?.strip_prefix('<')?.strip_suffix('>')?;
        let [of, as_trait] = split(within, " as ")[..] else { return None };
        Some((Self::of(of), Self::of(as_trait)))
    }

    /// The crate that it is defined in. An implementation is of the crate of its type or of its trait; one of both is.
    pub(super) fn krate(&self) -> &'a str {
        if let Some((of, as_trait)) = self.qualified() {
            let (own, of_trait) = (of.krate(), as_trait.krate());
            return if is_of_all(own) || (own == TOKIO && !is_of_all(of_trait)) { of_trait } else { own };
        }
        let first = self.0.first().copied().unwrap_or_default();
        first
            .trim_start_matches(['&', '*'])
            .trim_start_matches("mut ")
            .trim_start_matches("dyn ")
            .split('<')
            .next()
            .unwrap_or_default()
    }

    /// The type of `<T as Trait>::function`, else the whole.
    pub(super) fn owner(&self) -> Self {
        self.qualified()
            .map_or_else(|| self.clone(), |(of, _)| if is_of_all(of.krate()) { self.trait_of() } else { of })
    }

    fn trait_of(&self) -> Self {
        self.qualified().map_or_else(|| self.clone(), |(_, as_trait)| as_trait)
    }

    /// The module below the crate.
    pub(super) fn module(&self) -> Option<&'a str> {
        self.0.get(1).copied()
    }

    /// The named parts: no closures, no `<impl Trait for T>`, no generics, and of `<T as Trait>` those of `T`.
    pub(super) fn names(&self) -> Vec<&'a str> {
        let named = |part: &&'a str| !part.starts_with(['{', '<']);
        let bare = |part: &'a str| part.split('<').next().unwrap_or(part);
        let before = self.qualified().map(|_| self.owner().names()).unwrap_or_default();
        before.into_iter().chain(self.0.iter().copied().filter(named).map(bare)).collect()
    }

    /// What its function is generic over, or the type that the function is implemented for: `<&PathBuf>`, without modules.
    pub(super) fn generics(&self) -> Option<String> {
        let function = self.0.iter().rev().find(|part| !part.starts_with('{'))?;
        let own = function.find('<').map(|at| &function[at..]).filter(|at| at.len() < function.len());
        let implemented = self.0.iter().filter_map(|part| part.strip_prefix("<impl ")?.strip_suffix('>'));
        let of_type = implemented.filter_map(|part| split(part, " for ").get(1).copied()).next();
        own.map(without_modules).or_else(|| of_type.map(|of| format!("<{}>", without_modules(of))))
    }

    /// `Stdout` of `<tokio::io::blocking::Blocking<std::io::stdio::Stdout> as ...>`.
    pub(super) fn stream(&self) -> Option<&'a str> {
        let (_, after) = self.0.iter().find_map(|part| part.split_once("std::io::stdio::"))?;
        let end = after.find(|c: char| !c.is_alphanumeric()).unwrap_or(after.len());
        Some(&after[..end]).filter(|stream| !stream.is_empty())
    }
}

/// Whether something can be implemented for it by other crates alone: std's types, references, tuples.
fn is_of_all(krate: &str) -> bool {
    let is_primitive =
        matches!(krate, "str" | "bool" | "char" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "f32" | "f64")
            || matches!(krate, "i8" | "i16" | "i32" | "i64" | "i128" | "isize");
    krate.is_empty() || is_primitive || matches!(krate, "std" | "core" | "alloc") || krate.starts_with(['(', '['])
}

/// The parts of a text between separators that are outside of all brackets.
fn split<'a>(text: &'a str, between: &str) -> Vec<&'a str> {
    let (mut depth, mut begin, mut parts) = (0usize, 0, Vec::new());
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'<' | b'(' | b'[' => depth += 1,
            // Not the arrow of `fn() -> T`.
            b'>' if text[..at].ends_with('-') => {}
            b'>' | b')' | b']' => depth = depth.saturating_sub(1),
            _ if depth == 0 && at >= begin && text.is_char_boundary(at) && text[at..].starts_with(between) => {
                parts.push(&text[begin..at]);
                begin = at + between.len();
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    parts
}

/// The text with each path cut to its last part: `<&std::path::PathBuf>` to `<&PathBuf>`.
fn without_modules(text: &str) -> String {
    let mut shown = String::new();
    let mut begin = 0;
    while let Some(at) = text[begin..].find("::") {
        let before = &text[begin..begin + at];
        let kept = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
        shown.push_str(kept);
        begin += at + 2;
    }
    shown.push_str(&text[begin..]);
    shown
}
