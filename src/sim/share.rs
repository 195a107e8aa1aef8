//! A story as a short text: seed, cluster and inputs, for links and bug reports.
//!
//! [`pack`] writes JSON, deflated, in URL-safe Base64 behind the number of the format. Links come from anywhere, so reading one is
//! bounded and every flaw is a typed error.

use super::config::ClusterConfig;
use super::inputs::Logged;
use crate::base::time::SimTime;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What stands before the text: the format's number.
const PREFIX: &str = "1.";
/// The most bytes that a link may unfold to.
const MOST_BYTES: usize = 16 << 20;
/// The most nodes that a link may ask for: as many as Kubernetes supports.
const MOST_NODES: usize = 5000;

/// A whole story: what a cluster was made of, what was done to it, and how far it was watched.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Story {
    /// The cluster, with its seed.
    pub cluster: ClusterConfig,
    /// What came from outside, oldest first.
    pub inputs: Vec<Logged>,
    /// The moment at which it was shared.
    pub until: SimTime,
}

/// Why a text is no story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShareError {
    /// It was written by a version that is newer than this one, or is something else.
    Version,
    /// It is not Base64: cut off, perhaps.
    Encoding,
    /// It cannot be unfolded, or is too large.
    Compression,
    /// What it unfolds to is no story.
    Content(String),
    /// Something in the story cannot be written.
    Unwritable(String),
}

impl fmt::Display for ShareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShareError::Version => f.write_str("the link was made by another version"),
            ShareError::Encoding => f.write_str("the link is damaged"),
            ShareError::Compression => f.write_str("the link is damaged or too large"),
            ShareError::Content(why) => write!(f, "the link holds no story: {why}"),
            ShareError::Unwritable(why) => write!(f, "the story cannot be written: {why}"),
        }
    }
}

impl std::error::Error for ShareError {}

/// Writes something as a text that may stand in a link.
pub fn pack<T: Serialize>(value: &T) -> Result<String, ShareError> {
    let json = serde_json::to_vec(value).map_err(|error| ShareError::Unwritable(error.to_string()))?;
    let packed = miniz_oxide::deflate::compress_to_vec(&json, 9);
    Ok(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(packed)))
}

/// Reads what [`pack`] wrote.
pub fn unpack<T: DeserializeOwned>(text: &str) -> Result<T, ShareError> {
    let text = text.trim().strip_prefix(PREFIX).ok_or(ShareError::Version)?;
    let packed = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| ShareError::Encoding)?;
    let json =
        miniz_oxide::inflate::decompress_to_vec_with_limit(&packed, MOST_BYTES).map_err(|_| ShareError::Compression)?;
    serde_json::from_slice(&json).map_err(|error| ShareError::Content(error.to_string()))
}

impl Story {
    /// The story as text.
    pub fn encode(&self) -> Result<String, ShareError> {
        pack(self)
    }

    /// Reads what [`Story::encode`] wrote.
    pub fn decode(text: &str) -> Result<Story, ShareError> {
        unpack(text).and_then(Story::checked)
    }

    /// The story, if it is one that can be played.
    pub fn checked(self) -> Result<Story, ShareError> {
        let disorder = self.inputs.iter().zip(self.inputs.iter().skip(1)).any(|(one, next)| next.at < one.at);
        if disorder {
            return Err(ShareError::Content("inputs are not in the order of time".to_owned()));
        }
        if self.cluster.nodes.len() > MOST_NODES {
            return Err(ShareError::Content(format!("more than {MOST_NODES} nodes")));
        }
        Ok(self)
    }
}
