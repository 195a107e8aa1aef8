//! The page inside another page: which panels it shows, and what the other page may ask for.
//!
//! `?embed` shows all panels without the header, `?embed=graph,console` only those. `theme=dark` and `lang=ko` say how it
//! looks; later the host page says so by messages.

/// A panel, as an address names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `files`: the editor.
    Files,
    /// `graph`: the picture and the time line.
    Graph,
    /// `request`: requests and the inspector.
    Request,
    /// `console`: the console, events, logs, time.
    Console,
}

impl Part {
    /// All of them, from the upper left to the lower right.
    pub const ALL: [Part; 4] = [Part::Files, Part::Graph, Part::Request, Part::Console];

    /// As an address names it.
    pub fn word(self) -> &'static str {
        match self {
            Part::Files => "files",
            Part::Graph => "graph",
            Part::Request => "request",
            Part::Console => "console",
        }
    }
}

/// The value of a name of an address' query; empty for a name without one.
pub fn query<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let pairs = query.trim_start_matches('?').split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
}

/// The panels that an address asks for; `None` when the page stands by itself. Names that are not known are passed over; without
/// any that is, all are shown.
pub fn parts(address: &str) -> Option<Vec<Part>> {
    let words = query(address, "embed")?;
    let words: Vec<&str> = words.split([',', '+']).flat_map(|word| word.split("%2C")).collect();
    let found: Vec<Part> = Part::ALL.into_iter().filter(|part| words.contains(&part.word())).collect();
    Some(if found.is_empty() { Part::ALL.to_vec() } else { found })
}

/// How the panels stand: the value of CSS' `grid-template`.
pub fn template(parts: &[Part]) -> String {
    let has = |part| parts.contains(&part);
    let above = [(Part::Files, "editor", "2fr"), (Part::Graph, "graph", "3fr"), (Part::Request, "right", "2fr")];
    let above: Vec<_> = above.into_iter().filter(|(part, ..)| has(*part)).collect();
    let areas: Vec<&str> = above.iter().map(|(_, area, _)| *area).collect();
    let columns: Vec<String> = above.iter().map(|(.., share)| format!("minmax(0, {share})")).collect();
    let below = vec!["bottom"; areas.len().max(1)].join(" ");
    match (areas.is_empty(), has(Part::Console)) {
        (true, _) => format!("\"{below}\" minmax(0, 1fr) / minmax(0, 1fr)"),
        (false, false) => format!("\"{}\" minmax(0, 1fr) / {}", areas.join(" "), columns.join(" ")),
        (false, true) => {
            format!("\"{}\" minmax(0, 3fr) \"{below}\" minmax(0, 2fr) / {}", areas.join(" "), columns.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_panels() {
        assert_eq!(parts(""), None);
        assert_eq!(parts("?seed=7&embedded"), None);
        assert_eq!(parts("?embed"), Some(Part::ALL.to_vec()));
        assert_eq!(parts("?lang=ko&embed=console,graph"), Some(vec![Part::Graph, Part::Console]));
        assert_eq!(parts("?embed=graph%2Cconsole"), Some(vec![Part::Graph, Part::Console]));
        assert_eq!(parts("?embed=nothing"), Some(Part::ALL.to_vec()));
        assert_eq!(query("?a=1&lang=ko", "lang"), Some("ko"));
    }

    #[test]
    fn every_choice_of_panels_has_its_places() {
        assert_eq!(template(&[Part::Console]), "\"bottom\" minmax(0, 1fr) / minmax(0, 1fr)");
        assert_eq!(template(&[Part::Graph]), "\"graph\" minmax(0, 1fr) / minmax(0, 3fr)");
        assert_eq!(
            template(&[Part::Files, Part::Graph, Part::Console]),
            "\"editor graph\" minmax(0, 3fr) \"bottom bottom\" minmax(0, 2fr) / minmax(0, 2fr) minmax(0, 3fr)"
        );
    }
}
