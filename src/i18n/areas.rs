//! The areas that have messages. An area is the part of an id before its first dot.
//!
//! Each language is a list of its own: a page in one language then does not load the other before it works.

macro_rules! areas {
    ($($name:literal),* $(,)?) => {
        /// Their names.
        #[cfg(all(test, not(target_arch = "wasm32")))]
        pub const NAMES: &[&str] = &[$($name),*];

        /// The English texts.
        pub const ENGLISH: &[&str] = &[$(include_str!(concat!("../../www/i18n/en/", $name, ".txt"))),*];

        /// The Korean texts.
        pub const KOREAN: &[&str] = &[$(include_str!(concat!("../../www/i18n/ko/", $name, ".txt"))),*];
    };
}

areas!["assist", "console", "diag", "example", "kubelet", "net", "session", "sim", "time", "ui", "view", "why"];
