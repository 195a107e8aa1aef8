//! How large a card is, and which lines a Service's card has.

use crate::base::Str;
use crate::view::model::graph::{IngressCard, ServiceCard};

/// Width of the cards of clients.
pub const CLIENT_WIDTH: f64 = 98.0;
/// Height of the cards of clients.
pub const CLIENT_HEIGHT: f64 = 46.0;
/// Width of the cards of Services and Ingresses.
pub const SERVICE_WIDTH: f64 = 172.0;
/// Width of the cards of what owns pods.
pub const NEAR_WIDTH: f64 = 108.0;
/// Height of the cards of what owns pods.
pub const NEAR_HEIGHT: f64 = 56.0;
/// Width of the cards of what owns those.
pub const FAR_WIDTH: f64 = 112.0;
/// Height of the cards of what owns those.
pub const FAR_HEIGHT: f64 = 72.0;
/// Width of a counted tile.
pub const TILE_WIDTH: f64 = 176.0;
/// Height of a counted tile.
pub const TILE_HEIGHT: f64 = 60.0;

/// Ports or selectors shown on a card before "and more".
const SHOWN: usize = 2;

/// A line of a Service's card, below its name.
#[derive(Clone, Debug, PartialEq)]
pub enum ServiceLine {
    /// `10.0.37.5:8080→80`.
    Port(Str),
    /// `nodePort 31234`.
    NodePorts(String),
    /// An external address, or `<pending>`.
    External(Str),
    /// How many endpoints are ready.
    Endpoints,
    /// One pair of the selector.
    Selector(Str),
    /// So many pairs or ports more.
    More(usize),
}

/// The lines of a Service's card, from top to bottom.
pub fn service_lines(card: &ServiceCard) -> Vec<ServiceLine> {
    let mut lines: Vec<ServiceLine> = card.ports.iter().take(SHOWN).cloned().map(ServiceLine::Port).collect();
    if card.ports.len() > SHOWN {
        lines.push(ServiceLine::More(card.ports.len() - SHOWN));
    }
    if !card.node_ports.is_empty() {
        let ports: Vec<String> = card.node_ports.iter().take(SHOWN).map(u16::to_string).collect();
        lines.push(ServiceLine::NodePorts(ports.join(", ")));
    }
    lines.extend(card.external.iter().cloned().map(ServiceLine::External));
    if !card.selector.is_empty() || card.endpoints > 0 {
        lines.push(ServiceLine::Endpoints);
    }
    lines.extend(card.selector.iter().take(SHOWN).cloned().map(ServiceLine::Selector));
    if card.selector.len() > SHOWN {
        lines.push(ServiceLine::More(card.selector.len() - SHOWN));
    }
    lines
}

/// The letters that fit on a line of a Service's name.
pub const SERVICE_LETTERS: usize = 17;
/// The letters that fit on a line of an owner's name.
pub const OWNER_LETTERS: usize = 14;

/// A name on one line, or broken after a hyphen into two, each at most `most` letters long.
pub fn name_lines(name: &str, most: usize) -> Vec<String> {
    if name.chars().count() <= most {
        return vec![name.to_owned()];
    }
    let breaks = name.match_indices('-').map(|(at, _)| at + 1);
    match breaks.rev().find(|at| name[..*at].chars().count() <= most) {
        Some(at) => vec![name[..at].to_owned(), shorten(&name[at..], most)],
        None => vec![shorten(name, most)],
    }
}

/// The distance between the lines of a card.
pub const LINE: f64 = 15.0;

/// A Service card's height.
pub fn service_height(card: &ServiceCard) -> f64 {
    34.0 + LINE * (service_lines(card).len() + name_lines(&card.name, SERVICE_LETTERS).len() - 1) as f64
}

/// An Ingress card's height.
pub fn ingress_height(card: &IngressCard) -> f64 {
    34.0 + LINE * (1 + card.rules.len().min(3) + usize::from(card.address.is_some())) as f64
}

/// A name cut in its middle to at most `most` characters; the end of a generated name says most.
pub fn shorten(name: &str, most: usize) -> String {
    let count = name.chars().count();
    if count <= most {
        return name.to_owned();
    }
    let tail = (most / 2).max(1);
    let head = most.saturating_sub(tail + 1);
    let start: String = name.chars().take(head).collect();
    let end: String = name.chars().skip(count - tail).collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::{name_lines, shorten};

    #[test]
    fn long_names_take_two_lines() {
        assert_eq!(name_lines("web", 14), ["web"]);
        assert_eq!(name_lines("hostname-deployment", 14), ["hostname-", "deployment"]);
        assert_eq!(name_lines("hostname-svc-clusterip", 17), ["hostname-svc-", "clusterip"]);
        assert_eq!(name_lines("averylongnamewithoutahyphen", 9), ["aver…phen"]);
    }

    #[test]
    fn names_are_cut_in_their_middle() {
        assert_eq!(shorten("web", 8), "web");
        assert_eq!(shorten("web-7d4b9c6f8d-k2x8v", 13), "web-7d…-k2x8v");
        assert_eq!(shorten("서비스이름이길다", 5), "서비…길다");
    }
}
