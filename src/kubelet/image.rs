//! Image references: which repository and tag a text means, and whether a registry would have it.

use crate::base::{Str, msg::Msg, text::edit_distance};
use crate::msg;
use std::fmt;

/// A parsed image reference with everything that is implied written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRef {
    /// Registry and path, as in `docker.io/library/nginx`.
    pub repository: String,
    /// The tag, `latest` when none is given; absent beside a digest.
    pub tag: Option<String>,
    /// The digest, as in `sha256:...`.
    pub digest: Option<String>,
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

impl ImageRef {
    /// Reads a reference as Docker and containerd do: no registry means Docker Hub, no path there `library`, no tag
    /// `latest`. The error is the text that the kubelet reports.
    ///
    /// Models `ParseNormalizedNamed` of `github.com/distribution/reference`.
    pub fn parse(text: &str) -> Result<ImageRef, String> {
        let invalid =
            |why: &str| Err(format!("couldn't parse image name {}: invalid reference format{why}", quoted(text)));
        let (named, digest) = text.split_once('@').map_or((text, None), |(named, digest)| (named, Some(digest)));
        let (name, tag) = match named.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (named, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((first, rest)) if looks_like_registry(first) => (first, rest.to_owned()),
            Some(_) => ("docker.io", name.to_owned()),
            None => ("docker.io", format!("library/{name}")),
        };
        let registry = if registry == "index.docker.io" { "docker.io" } else { registry };
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return invalid(&format!(": repository name ({path}) must be lowercase"));
        }
        let tag_is_valid = tag.is_none_or(is_tag);
        let digest_is_valid =
            digest.is_none_or(|digest| digest.split_once(':').is_some_and(|(_, hex)| hex.len() >= 32));
        if !path.split('/').all(is_component) || !tag_is_valid || !digest_is_valid {
            return invalid("");
        }
        let tag = tag.or(digest.is_none().then_some("latest"));
        Ok(ImageRef {
            repository: format!("{registry}/{path}"),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }
}

/// Quoted as Go's `%q`.
fn quoted(text: &str) -> String {
    crate::base::text::go_quote(text)
}

/// The part before the first slash is a registry when it cannot be the name of a user.
fn looks_like_registry(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_component(component: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators_are_valid = component
        .split(word)
        .filter(|run| !run.is_empty())
        .all(|run| matches!(run, "." | "_" | "__") || run.bytes().all(|b| b == b'-'));
    component.starts_with(word) && component.ends_with(word) && separators_are_valid
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.starts_with(word) && tag.len() <= 128 && tag.chars().all(|c| word(c) || c == '.' || c == '-')
}

/// Which tags a repository has, as far as it can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Words of which tags may consist beside the usual ones; when `only` is set, the very tags.
    pub words: Vec<Str>,
    /// Whether `words` are all the tags there are.
    pub only: bool,
    /// The newest minor version of each major version; empty when versions are not known.
    pub newest: Vec<(u32, u32)>,
}

/// Words that tags of official images consist of beside version numbers.
const USUAL_WORDS: &[&str] = &[
    "latest",
    "stable",
    "mainline",
    "edge",
    "lts",
    "current",
    "rolling",
    "devel",
    "nightly",
    "alpine",
    "slim",
    "perl",
    "otel",
    "glibc",
    "musl",
    "uclibc",
    "trixie",
    "bookworm",
    "bullseye",
    "buster",
    "stretch",
    "jessie",
    "sid",
    "testing",
    "oldstable",
    "backports",
    "resolute",
    "questing",
    "plucky",
    "noble",
    "jammy",
    "focal",
    "bionic",
    "xenial",
    "trusty",
    "jdk",
    "jre",
    "fpm",
    "apache",
    "cli",
    "zts",
    "temurin",
    "management",
    "windowsservercore",
    "nanoserver",
    "ltsc",
    "rc",
    "beta",
    "alpha",
    "bundle",
    "ubi",
    "ubuntu",
    "debian",
    "iron",
    "hydrogen",
    "krypton",
    "jod",
    "dind",
    "rootless",
    "git",
    "community",
];

impl Tags {
    /// Whether the repository may have the tag: its parts are known words or version numbers that were released.
    pub fn has(&self, tag: &str) -> bool {
        let known = |word: &str| self.words.iter().any(|known| &**known == word);
        if self.only {
            return known(tag);
        }
        known(tag)
            || tag.split(['-', '_']).enumerate().all(|(place, part)| {
                let bare = part.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
                let usual = known(part) || known(bare) || USUAL_WORDS.contains(&bare);
                usual || is_version(part) && (place > 0 || self.released(part))
            })
    }

    fn released(&self, version: &str) -> bool {
        let mut numbers = version.trim_start_matches('v').split('.').map(|number| number.parse::<u32>().ok());
        let (Some(Some(major)), minor) = (numbers.next(), numbers.next().flatten()) else {
            return true;
        };
        self.newest.is_empty()
            || self.newest.iter().any(|(known, newest)| *known == major && minor.is_none_or(|minor| minor <= *newest))
    }
}

/// `1`, `1.27`, `v1.2.3`, `3.12rc1`, or the abbreviation of a commit.
fn is_version(part: &str) -> bool {
    let digits = part.strip_prefix('v').unwrap_or(part);
    digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
}

/// A pull that the registry refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullError {
    /// What stands after `Failed to pull image "...": `.
    pub text: String,
    /// What the learner probably meant.
    pub hint: Msg,
}

/// Asks the registry. Of Docker's official images (`official` lists their names) it is known that a name close to one of
/// theirs does not exist; of repositories with known `tags`, that a tag does not. All else is taken to be there.
pub fn resolve(image: &ImageRef, official: &[&str], tags: Option<&Tags>) -> Result<(), PullError> {
    let name = image.repository.strip_prefix("docker.io/library/");
    if let Some(meant) = name.and_then(|name| near_miss(name, official)) {
        let text = format!(
            "failed to pull and unpack image {image:?}: failed to resolve reference {image:?}: pull access denied, \
             repository does not exist or may require authorization: server message: insufficient_scope: \
             authorization failed",
            image = image.to_string(),
        );
        return Err(PullError {
            text,
            hint: msg!("kubelet.no-such-image", image = name.unwrap_or_default(), meant = meant),
        });
    }
    let (Some(tag), None) = (&image.tag, &image.digest) else {
        return Ok(());
    };
    let is_official = name.is_some_and(|name| official.contains(&name));
    let has = tags.map_or(!is_official || Tags::default().has(tag), |tags| tags.has(tag));
    if has {
        return Ok(());
    }
    let text = format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image {image:?}: failed to resolve reference {image:?}: \
         {image}: not found",
        image = image.to_string(),
    );
    Err(PullError { text, hint: msg!("kubelet.no-such-tag", image = image.repository, tag = tag) })
}

/// The official image that a name was probably meant to be: one edit away, or two for long names.
fn near_miss<'a>(name: &str, official: &[&'a str]) -> Option<&'a str> {
    if official.contains(&name) || name.contains('/') {
        return None;
    }
    let near = |known: &&&str| {
        let edits = edit_distance(name, known);
        edits == 1 && known.len() >= 4 || edits == 2 && known.len() >= 7
    };
    official.iter().filter(near).min_by_key(|known| edit_distance(name, known)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let pinned = format!("nginx@{digest}");
        let table = [
            ("nginx", Ok("docker.io/library/nginx:latest")),
            ("nginx:1.27", Ok("docker.io/library/nginx:1.27")),
            ("alicek106/rr-test:curl", Ok("docker.io/alicek106/rr-test:curl")),
            ("registry.k8s.io/pause:3.10", Ok("registry.k8s.io/pause:3.10")),
            ("localhost:5000/web", Ok("localhost:5000/web:latest")),
            ("localhost/web:v1", Ok("localhost/web:v1")),
            ("index.docker.io/library/redis", Ok("docker.io/library/redis:latest")),
            (
                "Nginx",
                Err(
                    "couldn't parse image name \"Nginx\": invalid reference format: repository name (library/Nginx) must be lowercase",
                ),
            ),
            ("nginx:", Err("couldn't parse image name \"nginx:\": invalid reference format")),
            ("nginx:a b", Err("couldn't parse image name \"nginx:a b\": invalid reference format")),
            ("a..b", Err("couldn't parse image name \"a..b\": invalid reference format")),
            ("", Err("couldn't parse image name \"\": invalid reference format")),
        ];
        for (text, expected) in table {
            let got = ImageRef::parse(text).map(|image| image.to_string());
            assert_eq!(got.as_deref().map_err(|error| error.as_str()), expected, "{text}");
        }
        assert_eq!(ImageRef::parse(&pinned).unwrap().to_string(), format!("docker.io/library/nginx@{digest}"));
    }

    const OFFICIAL: &[&str] = &["nginx", "httpd", "redis", "postgres", "busybox"];

    #[test]
    fn near_misses_are_denied() {
        let error = resolve(&ImageRef::parse("niginx").unwrap(), OFFICIAL, None).unwrap_err();
        assert_eq!(
            error.text,
            "failed to pull and unpack image \"docker.io/library/niginx:latest\": failed to resolve reference \
             \"docker.io/library/niginx:latest\": pull access denied, repository does not exist or may require \
             authorization: server message: insufficient_scope: authorization failed"
        );
        assert_eq!((error.hint.id, error.hint.arg("meant")), ("kubelet.no-such-image", Some("nginx")));
        for (name, denied) in [
            ("ngnix", true),
            ("nginx", false),
            ("my-app", false),
            ("postgress", true),
            ("web", false),
            ("me/ngnix", false),
        ] {
            let got = resolve(&ImageRef::parse(name).unwrap(), OFFICIAL, None);
            assert_eq!(got.is_err(), denied, "{name}");
        }
    }

    #[test]
    fn tags_that_cannot_be_are_not_found() {
        let nginx = Tags { newest: vec![(1, 31)], ..Tags::default() };
        let error = resolve(&ImageRef::parse("nginx:no-such-tag").unwrap(), OFFICIAL, Some(&nginx)).unwrap_err();
        assert_eq!(
            error.text,
            "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/nginx:no-such-tag\": \
             failed to resolve reference \"docker.io/library/nginx:no-such-tag\": docker.io/library/nginx:no-such-tag: not found"
        );
        let table = [
            ("nginx", true),
            ("nginx:1.10", true),
            ("nginx:1.14.2", true),
            ("nginx:1.161", false),
            ("nginx:2.0", false),
            ("nginx:stable", true),
            ("nginx:1.27-alpine", true),
            ("nginx:1.27.3-alpine3.20-slim", true),
            ("nginx:does-not-exist", false),
            ("nginx:broken", false),
            ("nginx:latst", false),
            ("me/app:anything", true),
        ];
        for (image, exists) in table {
            let image = ImageRef::parse(image).unwrap();
            let tags = image.repository.ends_with("/nginx").then_some(&nginx);
            assert_eq!(resolve(&image, OFFICIAL, tags).is_ok(), exists, "{image}");
        }
        let only = Tags { only: true, words: vec!["curl".into()], ..Tags::default() };
        assert!(only.has("curl") && !only.has("latest"));
    }
}
