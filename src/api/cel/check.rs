//! The types of an expression before it runs, and what does not fit.
//!
//! Models `github.com/google/cel-go/checker`.

use super::parse::{Expr, Loop, Node, Program, SyntaxError};
use super::types::{Type, overloads};
use super::value::Val;
use std::rc::Rc;

/// More errors than these are not told.
const MOST_ERRORS: usize = 100;

impl Program {
    /// The type of the expression, with these variables; or what does not fit.
    ///
    /// # Errors
    /// The compiler's words, each with its place.
    pub fn check(&self, variables: &[(&str, Type)]) -> Result<Type, Vec<SyntaxError>> {
        let scope = variables.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect();
        let mut check = Check { scope, known: Vec::new(), errors: Vec::new() };
        let found = check.of(&self.0);
        let found = check.settled(&found);
        if check.errors.is_empty() {
            return Ok(found);
        }
        check.errors.sort_by_key(|error| error.at);
        check.errors.truncate(MOST_ERRORS);
        Err(check.errors)
    }
}

struct Check {
    scope: Vec<(String, Type)>,
    /// What became known of types that were not.
    known: Vec<Option<Type>>,
    errors: Vec<SyntaxError>,
}

impl Check {
    fn error(&mut self, at: usize, text: String) -> Type {
        self.errors.push(SyntaxError { at, text });
        Type::Error
    }

    fn unknown(&mut self) -> Type {
        self.known.push(None);
        Type::Var(self.known.len() - 1)
    }

    fn declared(&self, name: &str) -> Option<Type> {
        let found = self.scope.iter().rev().find(|(known, _)| known == name).map(|(_, ty)| ty.clone());
        found.or_else(|| Type::named(name).map(|ty| Type::Type(Rc::new(ty))))
    }

    fn undeclared(&mut self, at: usize, name: &str) -> Type {
        self.error(at, format!("undeclared reference to '{name}' (in container '')"))
    }

    fn of(&mut self, expr: &Expr) -> Type {
        match &expr.node {
            Node::Value(value) => match value {
                Val::Null => Type::Plain("null"),
                value => Type::named(value.kind()).unwrap_or(Type::Dyn),
            },
            Node::Name(name) => self.declared(name).unwrap_or_else(|| self.undeclared(expr.at, name)),
            Node::Select(of, field, optional) => {
                if let Some(found) = qualified(expr).and_then(|name| self.declared(&name)) {
                    return found;
                }
                self.select(expr.at, of, field, *optional)
            }
            Node::Has(of, field) => {
                self.select(expr.at, of, field, false);
                Type::BOOL
            }
            Node::Index(of, index, optional) => {
                let args = vec![self.of(of), self.of(index)];
                self.call(expr.at, if *optional { "_[?_]" } else { "_[_]" }, false, args)
            }
            Node::Call(target, name, args) => {
                let space = target.as_ref().and_then(|target| qualified(target)).map(|space| format!("{space}.{name}"));
                let full = space.filter(|full| overloads(full).is_some());
                let mut types = Vec::new();
                if let (Some(target), None) = (target, &full) {
                    types.push(self.of(target));
                }
                types.extend(args.iter().map(|arg| self.of(arg)).collect::<Vec<_>>());
                match full {
                    Some(full) => self.call(expr.at, &full, false, types),
                    None => self.call(expr.at, name, target.is_some(), types),
                }
            }
            Node::List(items) => {
                let mut joined = None;
                for (item, optional) in items {
                    let found = self.item(item, *optional);
                    joined = Some(self.joined(item.at, joined, found));
                }
                Type::list(joined.unwrap_or_else(|| self.unknown()))
            }
            Node::Map(items) => {
                let (mut keys, mut values) = (None, None);
                for (key, value, optional) in items {
                    let found = self.of(key);
                    keys = Some(self.joined(key.at, keys, found));
                    let found = self.item(value, *optional);
                    values = Some(self.joined(value.at, values, found));
                }
                Type::map(keys.unwrap_or_else(|| self.unknown()), values.unwrap_or_else(|| self.unknown()))
            }
            Node::Not(of) => {
                let args = vec![self.of(of)];
                self.call(expr.at, "!_", false, args)
            }
            Node::Negative(of) => {
                let args = vec![self.of(of)];
                self.call(expr.at, "-_", false, args)
            }
            Node::Binary("&&" | "||", a, b) => {
                for side in [a, b] {
                    let found = self.of(side);
                    self.want(side.at, &Type::BOOL, &found);
                }
                Type::BOOL
            }
            Node::Binary(sign, a, b) => {
                let args = vec![self.of(a), self.of(b)];
                let name = if *sign == "in" { "@in".to_owned() } else { format!("_{sign}_") };
                self.call(expr.at, &name, false, args)
            }
            Node::If(condition, yes, no) => {
                let args = vec![self.of(condition), self.of(yes), self.of(no)];
                self.call(expr.at, "_?_:_", false, args)
            }
            Node::Loop(inner) => self.looped(expr.at, inner),
        }
    }

    fn want(&mut self, at: usize, wanted: &Type, found: &Type) -> bool {
        let fits = self.fits(wanted, found);
        if !fits {
            let found = self.settled(found);
            self.error(at, format!("expected type '{wanted}' but found '{found}'"));
        }
        fits
    }

    /// An item of a list or a map; one with a question mark is there only if it has a value.
    fn item(&mut self, item: &Expr, optional: bool) -> Type {
        let found = self.of(item);
        match self.settled(&found) {
            Type::Optional(inner) if optional => (*inner).clone(),
            other if optional && !matches!(other, Type::Dyn | Type::Error) => {
                self.error(item.at, format!("expected type 'optional_type({other})' but found '{other}'"));
                other
            }
            _ => found,
        }
    }

    /// Items of one literal have one type.
    fn joined(&mut self, at: usize, before: Option<Type>, found: Type) -> Type {
        let Some(before) = before else { return found };
        if self.fits(&before, &found) {
            return if before == Type::Dyn { before } else { found };
        }
        let (before, found) = (self.settled(&before), self.settled(&found));
        self.error(at, format!("expected type '{before}' but found '{found}'"))
    }

    fn select(&mut self, at: usize, of: &Expr, field: &str, optional: bool) -> Type {
        let found = self.of(of);
        let (inner, optional) = match self.settled(&found) {
            Type::Optional(inner) => ((*inner).clone(), true),
            other => (other, optional),
        };
        let found = match &inner {
            Type::Map(pair) => pair.1.clone(),
            Type::Object(object) => match object.fields.get(field) {
                Some(found) => found.clone(),
                None => self.error(at, format!("undefined field '{field}'")),
            },
            Type::Var(_) => {
                self.fits(&Type::Dyn, &inner);
                Type::Dyn
            }
            Type::Dyn | Type::Error => Type::Dyn,
            other => {
                self.error(at, format!("type '{other}' does not support field selection"));
                Type::Dyn
            }
        };
        if optional { Type::optional(found) } else { found }
    }

    fn call(&mut self, at: usize, name: &str, member: bool, args: Vec<Type>) -> Type {
        let Some(overloads) = overloads(name) else { return self.undeclared(at, name) };
        let mut result: Option<Type> = None;
        for overload in overloads.iter().filter(|overload| overload.member == member) {
            let before = self.known.clone();
            let by = self.known.len();
            self.known.extend([None, None]);
            let fits = overload.args.len() == args.len()
                && overload.args.iter().zip(&args).all(|(wanted, found)| self.fits(&wanted.shifted(by), found));
            if !fits {
                self.known = before;
                continue;
            }
            let found = self.settled(&overload.result.shifted(by));
            result = Some(match result {
                Some(other) if other != Type::Dyn && other != found => Type::Dyn,
                Some(other) => other,
                None => found,
            });
        }
        result.unwrap_or_else(|| {
            let names: Vec<String> = args.iter().map(|arg| self.settled(arg).to_string()).collect();
            let shown = match names.split_first() {
                Some((target, rest)) if member => format!("{target}.({})", rest.join(", ")),
                _ => format!("({})", names.join(", ")),
            };
            self.error(at, format!("found no matching overload for '{name}' applied to '{shown}'"))
        })
    }

    fn looped(&mut self, at: usize, inner: &Loop) -> Type {
        let over = self.of(&inner.over);
        let over = self.settled(&over);
        let both = inner.names.len() == 2;
        let types = match (&over, inner.kind) {
            (Type::Optional(of), "optMap" | "optFlatMap") => vec![(**of).clone()],
            (_, "optMap" | "optFlatMap") if !matches!(over, Type::Dyn | Type::Error) => {
                let text = format!("found no matching overload for 'hasValue' applied to '{over}.()'");
                return self.error(at, text);
            }
            (Type::List(item), _) if both => vec![Type::INT, (**item).clone()],
            (Type::List(item), _) => vec![(**item).clone()],
            (Type::Map(pair), _) => vec![pair.0.clone(), pair.1.clone()],
            (Type::Dyn | Type::Error | Type::Var(_), _) => {
                self.fits(&Type::Dyn, &over);
                vec![Type::Dyn, Type::Dyn]
            }
            _ => {
                let words = "cannot be range of a comprehension (must be list, map, or dynamic)";
                self.error(inner.over.at, format!("expression of type '{over}' {words}"));
                vec![Type::Error, Type::Error]
            }
        };
        let before = self.scope.len();
        self.scope.extend(inner.names.iter().cloned().zip(types.clone()));
        if let Some(condition) = &inner.condition {
            let found = self.of(condition);
            match inner.kind {
                "all" | "exists" => drop(self.want(condition.at, &Type::BOOL, &found)),
                // The others choose by it.
                kind => {
                    let kept = if kind == "exists_one" { Type::INT } else { self.unknown() };
                    self.call(at, "_?_:_", false, vec![found, kept.clone(), kept]);
                }
            }
        }
        let body = inner.body.as_ref().map(|body| self.of(body));
        self.scope.truncate(before);
        let body = body.unwrap_or(Type::Dyn);
        match inner.kind {
            "all" | "exists" | "exists_one" => Type::BOOL,
            "map" | "transformList" => Type::list(body),
            "transformMap" => Type::map(types.first().cloned().unwrap_or(Type::Dyn), body),
            "transformMapEntry" => body,
            "optMap" => Type::optional(body),
            "optFlatMap" => body,
            "filter" => Type::list(types.first().cloned().unwrap_or(Type::Dyn)),
            _ => over,
        }
    }

    /// Whether a value of one type may stand where another is wanted; what is not known of either becomes known.
    ///
    /// Models `internalIsAssignable` in `checker/types.go`.
    fn fits(&mut self, wanted: &Type, found: &Type) -> bool {
        let before = self.known.clone();
        let fits = self.unified(wanted, found, 0);
        if !fits {
            self.known = before;
        }
        fits
    }

    fn unified(&mut self, wanted: &Type, found: &Type, depth: usize) -> bool {
        let (wanted, found) = (self.head(wanted), self.head(found));
        if depth > 60 {
            return false;
        }
        match (&wanted, &found) {
            (Type::Var(a), Type::Var(b)) if a == b => true,
            (Type::Var(number), other) | (other, Type::Var(number)) => {
                if self.holds(other, *number) {
                    return false;
                }
                if let Some(place) = self.known.get_mut(*number) {
                    *place = Some(other.clone());
                }
                true
            }
            (Type::Dyn | Type::Error, _) | (_, Type::Dyn | Type::Error) => true,
            // Objects, times and types that Kubernetes adds may be null.
            (Type::Plain("null"), other) | (other, Type::Plain("null")) => match other {
                Type::Object(_) | Type::Optional(_) => true,
                Type::Plain(name) => matches!(*name, "null" | "timestamp" | "duration") || name.contains('.'),
                _ => false,
            },
            (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => self.unified(a, b, depth + 1),
            (Type::Map(a), Type::Map(b)) => self.unified(&a.0, &b.0, depth + 1) && self.unified(&a.1, &b.1, depth + 1),
            (Type::Type(_), Type::Type(_)) => true,
            (Type::Object(a), Type::Object(b)) => a.name == b.name,
            (a, b) => a == b,
        }
    }

    /// What is known of a type, on the outside.
    fn head(&self, ty: &Type) -> Type {
        let mut found = ty.clone();
        while let Type::Var(number) = found {
            match self.known.get(number).cloned().flatten() {
                Some(better) => found = better,
                None => return found,
            }
        }
        found
    }

    fn holds(&self, ty: &Type, number: usize) -> bool {
        match self.head(ty) {
            Type::Var(other) => other == number,
            Type::List(inner) | Type::Optional(inner) | Type::Type(inner) => self.holds(&inner, number),
            Type::Map(pair) => self.holds(&pair.0, number) || self.holds(&pair.1, number),
            _ => false,
        }
    }

    /// With all that is known put in.
    fn settled(&self, ty: &Type) -> Type {
        match self.head(ty) {
            Type::List(item) => Type::list(self.settled(&item)),
            Type::Map(pair) => Type::map(self.settled(&pair.0), self.settled(&pair.1)),
            Type::Optional(inner) => Type::optional(self.settled(&inner)),
            Type::Type(inner) => Type::Type(Rc::new(self.settled(&inner))),
            other => other,
        }
    }
}

/// `a.b.c`, if that is all there is.
fn qualified(expr: &Expr) -> Option<String> {
    match &expr.node {
        Node::Name(name) => Some(name.clone()),
        Node::Select(of, field, false) => Some(format!("{}.{field}", qualified(of)?)),
        _ => None,
    }
}
