//! getent, for `hosts`, `ahosts`, `ahostsv4` and `ahostsv6`.

use super::{Run, Start};
use crate::network::dns::lookup::{Family, resolve};
use crate::network::route::resolver;

/// Nothing was found.
const NOT_FOUND: u8 = 2;

/// Runs getent.
pub(super) fn run(start: &Start<'_>, arguments: &[&str]) -> Run {
    let (Some(database), Some(name)) = (arguments.first(), arguments.get(1)) else {
        return Run::failed(1, "getent: wrong number of arguments\n".to_owned());
    };
    let Some((conf, reach)) = resolver(start.view, start.client, start.pick) else {
        return Run::failed(NOT_FOUND, String::new());
    };
    let ask = |family| resolve(start.view, &conf, name, family, reach);
    let lookup = match *database {
        "ahosts" => ask(Family::Unspecified),
        "ahostsv6" => ask(Family::Inet6),
        "ahostsv4" => ask(Family::Inet),
        // A name is first looked for among IPv6 addresses.
        _ => Some(ask(Family::Inet6)).filter(|six| !six.addresses.is_empty()).unwrap_or_else(|| ask(Family::Inet)),
    };
    let mut run = Run { took: lookup.took, ..Run::default() };
    if lookup.addresses.is_empty() {
        run.exit = NOT_FOUND;
    }
    for ip in &lookup.addresses {
        match *database {
            "ahosts" | "ahostsv4" | "ahostsv6" => {
                run.stdout
                    .push_str(&format!("{0:<15} STREAM {name}\n{0:<15} DGRAM  \n{0:<15} RAW    \n", ip.to_string()));
            }
            _ => run.stdout.push_str(&format!("{:<15} {}\n", ip.to_string(), lookup.canonical)),
        }
    }
    run
}
