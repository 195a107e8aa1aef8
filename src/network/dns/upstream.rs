//! The DNS outside the cluster.

use super::records::{Data, Rcode, Record, Response, Type};
use crate::network::view::{NetView, UpstreamRecord};

/// How many aliases are followed.
const MAX_ALIASES: usize = 8;

/// What the DNS outside answers.
pub(super) fn answer(view: &NetView, question: &str, kind: Type) -> Response {
    let owns = view.config.node_resolv.authoritative;
    let mut response = Response { recursion: !owns, authoritative: owns, ..Response::default() };
    let mut name = question.trim_end_matches('.').to_ascii_lowercase();
    let mut shown = format!("{}.", question.trim_end_matches('.'));
    for _ in 0..MAX_ALIASES {
        let records = view.upstream(&name);
        if records.is_empty() && !view.upstream_has_below(&name) {
            // After an alias the name that was asked for exists all the same; its target does not.
            response.rcode = Rcode::NxDomain;
            break;
        }
        let addresses = records.iter().filter_map(|record| match record {
            UpstreamRecord::Address(ip) if kind == if ip.is_ipv4() { Type::A } else { Type::Aaaa } => {
                Some(Record::new(&shown, Data::Address(*ip)))
            }
            _ => None,
        });
        response.answer.extend(addresses);
        let alias = records.iter().find_map(|record| match record {
            UpstreamRecord::Alias(target) => Some(target.trim_end_matches('.').to_ascii_lowercase()),
            UpstreamRecord::Address(_) => None,
        });
        let Some(target) = alias else { break };
        response.answer.push(Record::new(&shown, Data::Cname(format!("{target}."))));
        if kind == Type::Cname {
            break;
        }
        shown = format!("{target}.");
        name = target;
    }
    response
}
