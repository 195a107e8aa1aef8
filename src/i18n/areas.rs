//! The areas that have messages. An area is the part of an id before its first dot.

/// One area's texts.
pub struct Area {
    /// Its name; read by the tests.
    #[cfg_attr(any(not(test), target_arch = "wasm32"), allow(dead_code))]
    pub name: &'static str,
    /// The English texts.
    pub english: &'static str,
    /// The Korean texts.
    pub korean: &'static str,
}

macro_rules! areas {
    ($($name:literal),* $(,)?) => {
        /// All areas.
        pub const AREAS: &[Area] = &[$(Area {
            name: $name,
            english: include_str!(concat!("../../www/i18n/en/", $name, ".txt")),
            korean: include_str!(concat!("../../www/i18n/ko/", $name, ".txt")),
        }),*];
    };
}

areas!["assist", "console", "diag", "example", "kubelet", "net", "session", "sim", "time", "ui", "view", "why"];
