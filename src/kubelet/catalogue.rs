//! The images that are known: what `www/images` says of them.
