//! `echo`, `printf`, `date`, `seq`, `expr`, `base64`.

use super::Tool;
use crate::base::time::civil_from_days;
use crate::shell::output::Output;

/// What `echo` prints. Backslashes are read only after `-e`, as bash and the shell of BusyBox do.
pub fn echo(args: &[String]) -> String {
    let (mut end, mut escapes, mut rest) = ("\n", false, args);
    while let Some((first, more)) = rest.split_first() {
        let letters = first.strip_prefix('-').unwrap_or_default();
        if letters.is_empty() || !letters.chars().all(|c| matches!(c, 'n' | 'e' | 'E')) {
            break;
        }
        end = if letters.contains('n') { "" } else { end };
        escapes |= letters.contains('e');
        rest = more;
    }
    let text = rest.join(" ");
    (if escapes { unescape(&text) } else { text }) + end
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('\\') => out.push('\\'),
                Some('"') => out.push('"'),
                Some('e' | '0') => out.push('\u{1b}'),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    out
}

/// `printf FORMAT ARGS`: the format is used again while there are arguments left.
pub fn printf(args: &[String], output: &mut Output) -> i32 {
    let Some((format, args)) = args.split_first() else {
        output.err_line("printf: usage: printf [-v var] format [arguments]");
        return 2;
    };
    let format = unescape(format);
    let mut args = args.iter();
    let mut out = String::new();
    loop {
        let before = args.len();
        let mut chars = format.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let mut spec = String::new();
            while let Some(c) = chars.next_if(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | '0' | '+' | ' ')) {
                spec.push(c);
            }
            let Some(letter) = chars.next() else {
                out.push('%');
                break;
            };
            if letter == '%' {
                out.push('%');
                continue;
            }
            let arg = args.next().map_or("", String::as_str);
            out.push_str(&one(&spec, letter, arg));
        }
        if args.len() == 0 || args.len() == before {
            break;
        }
    }
    output.out(out);
    0
}

fn one(spec: &str, letter: char, arg: &str) -> String {
    let left = spec.starts_with('-');
    let spec = spec.trim_start_matches(['-', '+', ' ']);
    let (width, precision) = spec.split_once('.').unwrap_or((spec, ""));
    let zero = width.starts_with('0') && !left;
    let (width, precision) = (width.parse::<usize>().unwrap_or(0).min(1000), precision.parse::<usize>().ok());
    let number = || arg.trim().parse::<f64>().unwrap_or(0.0);
    let text = match letter {
        'd' | 'i' | 'u' => format!("{:.0}", number().trunc()),
        'x' => format!("{:x}", number() as i64),
        'X' => format!("{:X}", number() as i64),
        'o' => format!("{:o}", number() as i64),
        'c' => arg.chars().take(1).collect(),
        'f' | 'g' | 'e' => format!("{:.*}", precision.unwrap_or(6).min(20), number()),
        'b' => unescape(arg),
        'q' => format!("'{arg}'"),
        _ => arg.chars().take(precision.unwrap_or(usize::MAX)).collect(),
    };
    match (left, zero) {
        (true, _) => format!("{text:<width$}"),
        (false, true) => format!("{text:0>width$}"),
        (false, false) => format!("{text:>width$}"),
    }
}

pub(super) fn run_date(tool: &mut Tool<'_>) -> i32 {
    let format = tool.args.iter().find_map(|arg| arg.strip_prefix('+'));
    let text = date(tool.host.seconds(), format.unwrap_or("%a %b %e %H:%M:%S UTC %Y"));
    tool.output.line(text);
    0
}

/// A date in a format such as `%Y-%m-%d`.
pub fn date(seconds: i64, format: &str) -> String {
    const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    let weekday = DAYS[days.rem_euclid(7) as usize];
    let month_name = MONTHS[(month - 1).rem_euclid(12) as usize];
    let (hour, minute, rest) = (second / 3600, second / 60 % 60, second % 60);
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let text = match chars.next() {
            Some('Y') => year.to_string(),
            Some('y') => format!("{:02}", year % 100),
            Some('m') => format!("{month:02}"),
            Some('d') => format!("{day:02}"),
            Some('e') => format!("{day:>2}"),
            Some('H') => format!("{hour:02}"),
            Some('I') => format!("{:02}", (hour + 11) % 12 + 1),
            Some('p') => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            Some('M') => format!("{minute:02}"),
            Some('S') => format!("{rest:02}"),
            Some('s') => seconds.to_string(),
            Some('N') => "000000000".to_owned(),
            Some('a') => weekday[..3].to_owned(),
            Some('A') => weekday.to_owned(),
            Some('b' | 'h') => month_name[..3].to_owned(),
            Some('B') => month_name.to_owned(),
            Some('F') => format!("{year}-{month:02}-{day:02}"),
            Some('T') => format!("{hour:02}:{minute:02}:{rest:02}"),
            Some('D') => format!("{month:02}/{day:02}/{:02}", year % 100),
            Some('Z') => "UTC".to_owned(),
            Some('z') => "+0000".to_owned(),
            Some('c') => date(seconds, "%a %b %e %H:%M:%S %Y"),
            Some('n') => "\n".to_owned(),
            Some('%') => "%".to_owned(),
            Some(other) => format!("%{other}"),
            None => "%".to_owned(),
        };
        out.push_str(&text);
    }
    out
}

pub(super) fn seq(tool: &mut Tool<'_>) -> i32 {
    /// More lines are not printed.
    const MOST: usize = 100_000;
    let numbers: Vec<i64> = tool.args.iter().filter_map(|arg| arg.parse().ok()).collect();
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] if *step != 0 => (*first, *step, *last),
        _ => {
            tool.complain("missing operand");
            return 1;
        }
    };
    let mut at = first;
    for _ in 0..MOST {
        if (step > 0 && at > last) || (step < 0 && at < last) {
            break;
        }
        tool.output.line(at);
        at = at.saturating_add(step);
    }
    0
}

pub(super) fn expr(tool: &mut Tool<'_>) -> i32 {
    let text = tool.args.join(" ").replace("\\*", "*");
    match crate::shell::arith::evaluate(&text, &tool.env.variables) {
        Ok(value) => {
            tool.output.line(value);
            i32::from(value == 0)
        }
        Err(_) => {
            tool.complain("syntax error");
            2
        }
    }
}

pub(super) fn base64(tool: &mut Tool<'_>) -> i32 {
    let (options, rest) = tool.options("w");
    let decode = options.iter().any(|(letter, _)| matches!(letter, 'd' | 'D'));
    let one_line = super::value_of(&options, 'w') == Some("0");
    let files: Vec<&str> = rest.iter().map(String::as_str).collect();
    let (text, exit) = tool.text(&files);
    if decode {
        let bytes = crate::base::base64::decode(&text);
        tool.output.out(String::from_utf8_lossy(&bytes).into_owned());
        if text.chars().any(|c| !(c.is_ascii_alphanumeric() || "+/=\n".contains(c))) {
            tool.complain("invalid input");
            return 1;
        }
        return exit;
    }
    let encoded = crate::base::base64::encode(text.as_bytes());
    let width = if one_line { usize::MAX } else { 76 };
    let mut lines: Vec<String> = Vec::new();
    for (place, c) in encoded.chars().enumerate() {
        if place % width == 0 {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
    }
    tool.output.out(lines.join("\n") + if one_line { "" } else { "\n" });
    exit
}
