//! `cat`, `head`, `tail`, `wc` and their like.

use super::{Tool, value_of};

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let (options, rest) = tool.options(match tool.name {
        "head" | "tail" => "nc",
        _ => "",
    });
    let has = |letter: char| options.iter().any(|(known, _)| *known == letter);
    let files: Vec<&str> = rest.iter().map(String::as_str).collect();
    match tool.name {
        "cat" => {
            let (text, exit) = tool.text(&files);
            if has('n') {
                for (place, line) in text.lines().enumerate() {
                    tool.output.line(format!("{:>6}\t{line}", place + 1));
                }
            } else if !text.is_empty() {
                tool.output.out(text);
            }
            exit
        }
        "tac" | "rev" | "nl" => {
            let (text, exit) = tool.text(&files);
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            match tool.name {
                "tac" => lines.reverse(),
                "rev" => lines.iter_mut().for_each(|line| *line = line.chars().rev().collect()),
                _ => {
                    for (place, line) in lines.iter_mut().enumerate() {
                        *line = format!("{:>6}\t{line}", place + 1);
                    }
                }
            }
            lines.iter().for_each(|line| tool.output.line(line));
            exit
        }
        "head" | "tail" => {
            let short = options.iter().find(|(letter, _)| letter.is_ascii_digit());
            let digits: String = options.iter().map(|(letter, _)| *letter).filter(char::is_ascii_digit).collect();
            let count = match (short, value_of(&options, 'n')) {
                (Some(_), None) => digits,
                (_, Some(count)) => count.to_owned(),
                _ => "10".to_owned(),
            };
            let from_start = count.starts_with('+');
            let from_end = count.starts_with('-');
            let Ok(number) = count.trim_start_matches(['+', '-']).parse::<usize>() else {
                tool.complain(&format!("invalid number of lines: '{count}'"));
                return 1;
            };
            let (texts, exit) = tool.texts(&files);
            for (place, (name, text)) in texts.iter().enumerate() {
                if texts.len() > 1 {
                    let gap = if place > 0 { "\n" } else { "" };
                    tool.output.line(format!("{gap}==> {name} <=="));
                }
                let lines: Vec<&str> = text.split_inclusive('\n').collect();
                let part = match tool.name {
                    "head" if from_end => &lines[..lines.len().saturating_sub(number)],
                    "head" => &lines[..number.min(lines.len())],
                    _ if from_start => &lines[number.saturating_sub(1).min(lines.len())..],
                    _ => &lines[lines.len().saturating_sub(number)..],
                };
                tool.output.out(part.concat());
            }
            exit
        }
        "wc" => wc(tool, &files, [has('l'), has('w'), has('c') || has('m')]),
        "tee" => {
            let text = tool.input.text.take().unwrap_or_default();
            let mut exit = 0;
            for file in files {
                if let Err(why) = tool.host.write(file, &text, has('a'), tool.env) {
                    tool.complain(&format!("{file}: {why}"));
                    exit = 1;
                }
            }
            tool.output.out(text);
            exit
        }
        "touch" => {
            let mut exit = 0;
            for file in files {
                if let Err(why) = tool.host.write(file, "", true, tool.env) {
                    tool.complain(&format!("{file}: {why}"));
                    exit = 1;
                }
            }
            exit
        }
        "basename" => {
            let path = rest.first().map_or("", String::as_str).trim_end_matches('/');
            let name = path.rsplit('/').next().unwrap_or(path);
            tool.output.line(rest.get(1).and_then(|end| name.strip_suffix(end.as_str())).unwrap_or(name));
            0
        }
        "dirname" => {
            let path = rest.first().map_or("", String::as_str).trim_end_matches('/');
            tool.output
                .line(path.rsplit_once('/').map_or(".", |(front, _)| if front.is_empty() { "/" } else { front }));
            0
        }
        _ => 0,
    }
}

fn wc(tool: &mut Tool<'_>, files: &[&str], wanted: [bool; 3]) -> i32 {
    let piped = files.is_empty();
    let (texts, exit) = tool.texts(files);
    let all = wanted.iter().all(|one| !one);
    let shown = |counts: [usize; 3], name: &str| {
        let counts: Vec<usize> =
            counts.into_iter().zip(wanted).filter(|(_, one)| all || *one).map(|(count, _)| count).collect();
        let numbers: Vec<String> = match counts.as_slice() {
            [one] => vec![one.to_string()],
            many => many.iter().map(|count| format!("{count:>7}")).collect(),
        };
        let name = if piped { String::new() } else { format!(" {name}") };
        format!("{}{name}", numbers.join(" "))
    };
    let mut total = [0; 3];
    for (name, text) in &texts {
        let counts = [text.matches('\n').count(), text.split_whitespace().count(), text.len()];
        total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        tool.output.line(shown(counts, name));
    }
    if texts.len() > 1 {
        tool.output.line(shown(total, "total"));
    }
    exit
}

/// The commands that `xargs` makes of its input.
pub fn xargs(args: &[String], text: &str) -> Vec<Vec<String>> {
    let (mut per_call, mut replace, mut command) = (usize::MAX, None, Vec::new());
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-n" | "-L" => per_call = rest.next().and_then(|text| text.parse().ok()).unwrap_or(1),
            "-I" => replace = rest.next().cloned(),
            "-P" | "-d" => drop(rest.next()),
            flag if flag.starts_with("-I") => replace = Some(flag[2..].to_owned()),
            flag if flag.starts_with("-n") => per_call = flag[2..].parse().unwrap_or(1),
            flag if flag.starts_with('-') => {}
            _ => {
                command.push(arg.clone());
                command.extend(rest.by_ref().cloned());
            }
        }
    }
    if command.is_empty() {
        command.push("echo".to_owned());
    }
    if let Some(sign) = replace {
        let call = |line: &str| command.iter().map(|word| word.replace(&sign, line)).collect();
        return text.lines().map(str::trim).filter(|line| !line.is_empty()).map(call).collect();
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        let quiet = args.iter().any(|arg| arg == "-r" || arg == "--no-run-if-empty");
        return if quiet { Vec::new() } else { vec![command] };
    }
    let call = |words: &[&str]| command.iter().cloned().chain(words.iter().map(|word| (*word).to_owned())).collect();
    words.chunks(per_call.max(1)).map(call).collect()
}
