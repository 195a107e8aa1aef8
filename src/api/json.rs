//! How typed objects and JSON become each other.
//!
//! [`object!`](crate::object) declares a struct whose fields the engine reads, plus `rest` for all fields that it only
//! carries, so that nothing a user wrote is lost. As in Go, a field that equals its type's zero value is left out of the
//! JSON (`omitempty`), unless its declaration ends in `always`; of a list that ends in `nullable`, nothing is `null`.

use crate::base::{Fields, Str, Value, time::Timestamp};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A type that can be read from a JSON value and written as one.
pub trait Json: Sized {
    /// Reads the value; `None` when its type is another one (strict decoding has reported that before).
    fn from_json(value: Value) -> Option<Self>;
    /// Writes the value.
    fn to_json(&self) -> Value;
}

/// Declares structs that are read from and written to JSON objects. See the module's text.
#[macro_export]
macro_rules! object {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident : $ty:ty = $json:literal $($always:ident)? ,)* })*) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $ty,)*
            /// The fields that the engine carries without reading them.
            pub rest: $crate::base::Fields,
        }

        impl $crate::api::json::Json for $name {
            fn from_json(value: $crate::base::Value) -> Option<Self> {
                let $crate::base::Value::Object(mut fields) = value else { return None };
                Some($name {
                    $($field: $crate::api::json::take(&mut fields, $json),)*
                    rest: fields,
                })
            }

            fn to_json(&self) -> $crate::base::Value {
                let mut fields = self.rest.clone();
                $($crate::object!(@put fields, self.$field, $json $(, $always)?);)*
                $crate::base::Value::Object(fields)
            }
        }
    )* };
    (@put $fields:ident, $value:expr, $json:literal) => { $crate::api::json::put(&mut $fields, $json, &$value) };
    (@put $fields:ident, $value:expr, $json:literal, nullable) => {
        if $value.is_empty() {
            $fields.insert($json.to_owned(), $crate::base::Value::Null);
        } else {
            $crate::api::json::put_always(&mut $fields, $json, &$value)
        }
    };
    (@put $fields:ident, $value:expr, $json:literal, always) => { $crate::api::json::put_always(&mut $fields, $json, &$value) };
}

/// Declares enums that are JSON strings. The first variant is the default.
#[macro_export]
macro_rules! text_enum {
    ($($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)* })*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_meta])* $variant,)* }

        impl $name {
            /// The word that stands in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// The variant with this word.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some($name::$variant),)* _ => None }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                [$($name::$variant),*][0]
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::api::json::Json for $name {
            fn from_json(value: $crate::base::Value) -> Option<Self> {
                value.as_str().and_then($name::parse)
            }

            fn to_json(&self) -> $crate::base::Value {
                $crate::base::Value::from(self.as_str())
            }
        }
    )* };
}

/// Takes a field out of an object; the type's zero value when it is absent or null.
pub fn take<T: Json + Default>(fields: &mut Fields, name: &str) -> T {
    fields.remove(name).and_then(T::from_json).unwrap_or_default()
}

/// Puts a field into an object unless it equals its type's zero value.
pub fn put<T: Json + Default + PartialEq>(fields: &mut Fields, name: &str, value: &T) {
    if *value != T::default() {
        fields.insert(name.to_owned(), value.to_json());
    }
}

/// Puts a field into an object.
pub fn put_always<T: Json>(fields: &mut Fields, name: &str, value: &T) {
    fields.insert(name.to_owned(), value.to_json());
}

impl Json for Value {
    fn from_json(value: Value) -> Option<Self> {
        Some(value)
    }
    fn to_json(&self) -> Value {
        self.clone()
    }
}

impl Json for bool {
    fn from_json(value: Value) -> Option<Self> {
        value.as_bool()
    }
    fn to_json(&self) -> Value {
        Value::from(*self)
    }
}

impl Json for i32 {
    fn from_json(value: Value) -> Option<Self> {
        value.as_i64().and_then(|n| i32::try_from(n).ok())
    }
    fn to_json(&self) -> Value {
        Value::from(*self)
    }
}

impl Json for i64 {
    fn from_json(value: Value) -> Option<Self> {
        value.as_i64()
    }
    fn to_json(&self) -> Value {
        Value::from(*self)
    }
}

impl Json for Str {
    fn from_json(value: Value) -> Option<Self> {
        value.as_str().map(Str::from)
    }
    fn to_json(&self) -> Value {
        Value::from(&**self)
    }
}

impl Json for Timestamp {
    fn from_json(value: Value) -> Option<Self> {
        value.as_str().and_then(Timestamp::parse)
    }
    fn to_json(&self) -> Value {
        Value::from(self.to_string())
    }
}

impl<T: Json> Json for Option<T> {
    fn from_json(value: Value) -> Option<Self> {
        if value.is_null() { None } else { T::from_json(value).map(Some) }
    }
    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_json)
    }
}

impl<T: Json> Json for Vec<T> {
    fn from_json(value: Value) -> Option<Self> {
        match value {
            Value::Array(items) => items.into_iter().map(T::from_json).collect(),
            _ => None,
        }
    }
    fn to_json(&self) -> Value {
        Value::Array(self.iter().map(T::to_json).collect())
    }
}

impl<T: Json> Json for Rc<T> {
    fn from_json(value: Value) -> Option<Self> {
        T::from_json(value).map(Rc::new)
    }
    fn to_json(&self) -> Value {
        (**self).to_json()
    }
}

impl<T: Json> Json for BTreeMap<Str, T> {
    fn from_json(value: Value) -> Option<Self> {
        match value {
            Value::Object(fields) => fields
                .into_iter()
                .map(|(key, value)| T::from_json(value).map(|value| (Str::from(key), value)))
                .collect(),
            _ => None,
        }
    }
    fn to_json(&self) -> Value {
        Value::Object(self.iter().map(|(key, value)| (key.to_string(), value.to_json())).collect())
    }
}
