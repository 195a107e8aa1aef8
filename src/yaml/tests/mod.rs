//! What kubectl was seen to answer.

mod recorded;
