//! `ls`.

use super::host::Container;
use crate::base::time::Timestamp;
use crate::shell::expand::Env;
use crate::shell::output::Output;
use crate::shell::tools::{FileKind, absolute};

/// Lists directories; the files of volumes of configuration are links.
pub(super) fn list(args: &[String], env: &Env, container: &mut Container<'_>, output: &mut Output) -> i32 {
    let born = container.inside.pod(container.engine).and_then(|pod| pod.status.start_time).unwrap_or_default();
    let tree = container.tree();
    let flag = |letter: char| args.iter().any(|arg| arg.starts_with('-') && arg.contains(letter));
    let mut paths: Vec<&str> = args.iter().filter(|arg| !arg.starts_with('-')).map(String::as_str).collect();
    if paths.is_empty() {
        paths.push(".");
    }
    let long = Long { coreutils: env.bash, born };
    let show = |entries: &[(String, FileKind, usize)], output: &mut Output| {
        if flag('l') {
            output.out(long.lines(entries));
        } else {
            entries.iter().for_each(|(name, ..)| output.line(name));
        }
    };
    let length = |path: &str| tree.read(path).map_or(0, |text| text.len());
    let mut exit = 0;
    for (place, path) in paths.iter().enumerate() {
        let whole = absolute(path, &env.directory);
        match tree.kind(&whole) {
            Some(FileKind::File) => show(&[((*path).to_owned(), FileKind::File, length(&whole))], output),
            Some(FileKind::Directory) if flag('d') => show(&[((*path).to_owned(), FileKind::Directory, 0)], output),
            Some(FileKind::Directory) => {
                if paths.len() > 1 {
                    output.line(format!("{}{path}:", if place > 0 { "\n" } else { "" }));
                }
                let linked = tree.is_linked(whole.trim_end_matches('/'));
                let (all, dotted) = (flag('a'), flag('a') || flag('A'));
                if flag('l') {
                    let directories = if all && linked { 12 } else { 0 };
                    let files = if linked { 0 } else { 4 * tree.list(&whole).len() };
                    output.line(format!("total {}", directories + files));
                }
                let mut entries: Vec<(String, FileKind, usize)> = Vec::new();
                if all {
                    entries.extend([".", ".."].map(|name| (name.to_owned(), FileKind::Directory, 0)));
                }
                if linked && dotted {
                    // The kubelet writes a directory for every state of the volume, and one link leads to the newest.
                    let version = long.version();
                    entries.push((version.clone(), FileKind::Directory, 0));
                    let link = if flag('l') { format!("..data -> {version}") } else { "..data".to_owned() };
                    entries.push((link, FileKind::File, version.len()));
                }
                for (name, kind) in tree.list(&whole) {
                    if name.starts_with('.') && !dotted {
                        continue;
                    }
                    let size = length(&format!("{}/{name}", whole.trim_end_matches('/')));
                    entries.push(match linked && flag('l') {
                        true => (format!("{name} -> ..data/{name}"), FileKind::File, "..data/".len() + name.len()),
                        false => (name, kind, size),
                    });
                }
                show(&entries, output);
            }
            None => {
                output.err_line(match env.bash {
                    true => format!("ls: cannot access '{path}': No such file or directory"),
                    false => format!("ls: {path}: No such file or directory"),
                });
                exit = if env.bash { 2 } else { 1 };
            }
        }
    }
    exit
}

/// The lines of `ls -l`: busybox has fixed columns, coreutils as wide ones as needed.
struct Long {
    coreutils: bool,
    born: Timestamp,
}

impl Long {
    /// The name of the directory of a volume's files.
    fn version(&self) -> String {
        let text = self.born.to_string();
        let digits: String = text.chars().map(|c| if c == '-' || c == ':' || c == 'T' { '_' } else { c }).collect();
        format!("..{}.{:09}", digits.trim_end_matches('Z'), self.born.0.unsigned_abs() * 7919 % 1_000_000_000)
    }

    fn lines(&self, entries: &[(String, FileKind, usize)]) -> String {
        let size =
            |(_, kind, length): &(String, FileKind, usize)| if *kind == FileKind::Directory { 4096 } else { *length };
        let widest = entries.iter().map(|entry| size(entry).to_string().len()).max().unwrap_or(0);
        let line = |entry: &(String, FileKind, usize)| {
            let (name, kind, _) = entry;
            let mode = match kind {
                FileKind::Directory => "drwxr-xr-x",
                FileKind::File if name.contains(" -> ") => "lrwxrwxrwx",
                FileKind::File => "-rw-r--r--",
            };
            let rfc = self.born.rfc1123z();
            let words: Vec<&str> = rfc.split([' ', ':']).collect();
            let word = |place: usize| words.get(place).copied().unwrap_or_default();
            let day = word(1).trim_start_matches('0');
            let date = format!("{} {day:>2} {}:{}", word(2), word(4), word(5));
            match self.coreutils {
                true => format!("{mode} 1 root root {:>widest$} {date} {name}\n", size(entry)),
                false => format!("{mode}    1 root     root     {:>9} {date} {name}\n", size(entry)),
            }
        };
        entries.iter().map(line).collect()
    }
}
