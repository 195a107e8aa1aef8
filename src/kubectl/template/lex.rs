//! The tokens of a template.

/// A token of an action, or the text between actions.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// What stands outside of actions.
    Text(String),
    /// `{{`.
    Open,
    /// `}}`.
    Close,
    /// `.name`.
    Field(String),
    /// `.` alone.
    Dot,
    /// `$x`; `$` alone is empty.
    Variable(String),
    /// A word: a keyword or a function.
    Word(String),
    /// A text in quotes.
    Text2(String),
    /// A number, as it is written.
    Number(String),
    /// `|`.
    Pipe,
    /// `(`.
    Left,
    /// `)`.
    Right,
    /// `:=`.
    Declare,
    /// `=`.
    Assign,
    /// `,`.
    Comma,
    /// White space between words.
    Space,
}

/// A token and the byte where it begins.
pub(super) type Placed = (Token, usize);

/// Cuts a template into tokens. The error is Go's text without its place, and the byte where it was seen.
pub(super) fn lex(text: &str) -> Result<Vec<Placed>, (String, usize)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut trim = false;
    while let Some(rest) = text.get(at..) {
        let open = rest.find("{{");
        let mut plain = &rest[..open.unwrap_or(rest.len())];
        if trim {
            plain = plain.trim_start_matches(SPACE);
        }
        let Some(open) = open else {
            push_text(&mut tokens, plain, at);
            break;
        };
        let start = at + open;
        at = start + 2;
        let inside = text.get(at..).unwrap_or_default();
        if inside.starts_with('-') && inside[1..].starts_with(SPACE) {
            plain = plain.trim_end_matches(SPACE);
            at += 1;
        }
        push_text(&mut tokens, plain, start - open);
        let comment = text.get(at..).unwrap_or_default().trim_start_matches(SPACE);
        if let Some(body) = comment.strip_prefix("/*") {
            let Some(end) = body.find("*/") else { return Err(("unclosed comment".to_owned(), start)) };
            let after = &body[end + 2..];
            let marked = after.trim_start_matches(SPACE);
            trim = marked.starts_with("-}}");
            let Some(end) = marked.find("}}").filter(|end| *end <= 1) else {
                return Err(("comment ends before closing delimiter".to_owned(), start));
            };
            at = text.len() - marked.len() + end + 2;
            continue;
        }
        tokens.push((Token::Open, start));
        (at, trim) = action(text, at, &mut tokens)?;
    }
    Ok(tokens)
}

const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

fn push_text(tokens: &mut Vec<Placed>, text: &str, at: usize) {
    if !text.is_empty() {
        tokens.push((Token::Text(text.to_owned()), at));
    }
}

/// The tokens of one action; where the text goes on, and whether its white space is cut off.
fn action(text: &str, from: usize, tokens: &mut Vec<Placed>) -> Result<(usize, bool), (String, usize)> {
    let mut at = from;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(c) = rest.chars().next() else { return Err(("unclosed action".to_owned(), at)) };
        let spaces = rest.len() - rest.trim_start_matches(SPACE).len();
        let (cut, end) = (rest[spaces..].starts_with("-}}") && spaces > 0, rest.starts_with("}}"));
        if cut || end {
            tokens.push((Token::Close, at));
            return Ok((at + if cut { spaces + 3 } else { 2 }, cut));
        }
        let (token, length) = match c {
            _ if spaces > 0 => (Token::Space, spaces),
            '|' => (Token::Pipe, 1),
            '(' => (Token::Left, 1),
            ')' => (Token::Right, 1),
            ',' => (Token::Comma, 1),
            ':' if rest.starts_with(":=") => (Token::Declare, 2),
            '=' => (Token::Assign, 1),
            '"' => quoted(rest).ok_or_else(|| ("unterminated quoted string".to_owned(), at))?,
            '`' => match rest[1..].find('`') {
                Some(end) => (Token::Text2(rest[1..=end].to_owned()), end + 2),
                None => return Err(("unterminated raw quoted string".to_owned(), at)),
            },
            '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => match word(&rest[1..]) {
                "" => (Token::Dot, 1),
                name => (Token::Field(name.to_owned()), name.len() + 1),
            },
            '$' => (Token::Variable(word(&rest[1..]).to_owned()), word(&rest[1..]).len() + 1),
            '+' | '-' | '.' | '0'..='9' => {
                let end = rest[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_');
                let number = &rest[..end.map_or(rest.len(), |end| end + 1)];
                (Token::Number(number.to_owned()), number.len())
            }
            c if c.is_alphabetic() || c == '_' => (Token::Word(word(rest).to_owned()), word(rest).len()),
            c => return Err((format!("unexpected {} in command", unexpected(c)), at)),
        };
        tokens.push((token, at));
        at += length;
    }
}

fn unexpected(c: char) -> String {
    crate::base::text::go_quote(&c.to_string())
}

fn word(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())]
}

/// A text in double quotes, and how long it is in the template.
fn quoted(text: &str) -> Option<(Token, usize)> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Some((Token::Text2(out), i + 1)),
            '\n' => return None,
            '\\' => match chars.next()?.1 {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                'x' => {
                    let code: String = chars.by_ref().take(2).map(|(_, c)| c).collect();
                    out.push(char::from(u8::from_str_radix(&code, 16).ok()?));
                }
                'u' => {
                    let code: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    out.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                }
                other => out.push(other),
            },
            c => out.push(c),
        }
    }
    None
}
