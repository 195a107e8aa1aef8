//! tabernetes: a Kubernetes cluster in a browser tab.
//!
//! The crate is an **engine** (everything but [`ui`], [`js`] and [`cli`]): pure, deterministic Rust that never sees the
//! browser, wall time or a thread. The layers, lowest first; a module uses only what stands above it in this list
//! (`tests/tidy.rs` enforces it):
//!
//! | layer | modules | what they are |
//! |---|---|---|
//! | 0 | [`base`] | time, randomness, hashes, messages, field paths, persistent maps, text |
//! | 1 | [`yaml`], [`api`], [`shell`] | text to values with spans; typed objects, schema, decode, default, validate, patch; scripts |
//! | 2 | [`apiserver`] | the one door for writes: requests, store, change log, indexes, allocation, events |
//! | 3 | [`controllers`], [`scheduler`], [`kubelet`], [`network`] | what acts on objects |
//! | 4 | [`sim`] | the world, its clock and its only loop |
//! | 5 | [`kubectl`], [`view`], [`i18n`] | the console; plain data for the page; languages |
//! | 6 | `ui`, `js`, `cli` | the Yew page, the JS API, the native command |
//!
//! Read `sim::engine` first: it is the only loop.

pub mod api;
pub mod apiserver;
pub mod base;
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod controllers;
pub mod i18n;
#[cfg(target_arch = "wasm32")]
pub mod js;
pub mod kubectl;
pub mod kubelet;
pub mod network;
pub mod scheduler;
pub mod shell;
pub mod sim;
#[cfg(target_arch = "wasm32")]
pub mod ui;
pub mod view;
pub mod yaml;
