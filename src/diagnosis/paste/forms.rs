//! The forms in which tools print an error: botocore, the AWS SDKs, XML, dumps of an error's members, `CODE: MESSAGE`.

use super::body::is_foreign;
use super::cleaning::begins_log_entry;
use super::line::{begins_error, follows_an_error, one_line, trimmed};
use super::service::is_own_operation;
use super::{PastedError, literal, words};
use crate::diagnosis::rules;

/// The distance in lines between the code and the message in a dump of members.
const NEAR: usize = 12;

/// The number of characters that are read of a message.
const LONGEST: usize = 4096;

/// The length in bytes up to which the beginning of a message is tried by itself.
const SHORT: usize = 200;

/// The number of places with a code that are tried, from the end.
const MOST_CODES: usize = 40;

/// The exceptions of a program itself. A code in their text is not the error.
const OF_THE_PROGRAM: [&str; 20] = [
    "KeyError",
    "TypeError",
    "ImportModuleError",
    "NameError",
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
    "IndexError",
    "AssertionError",
    "SyntaxError",
    "IndentationError",
    "UnboundLocalError",
    "ReferenceError",
    "NotImplementedError",
    "FileNotFoundError",
    "JSONDecodeError",
    "UnicodeDecodeError",
    "NullPointerException",
    "ClassNotFoundException",
    "NoClassDefFoundError",
];

/// What stands before a code in source text.
const SOURCE: [&str; 14] = [
    "except ",
    "except (",
    "catch (",
    "catch(",
    "rescue ",
    "import ",
    "instanceof ",
    "isinstance(",
    "== \"",
    "== '",
    "=== \"",
    "=== '",
    "case \"",
    "throws ",
];

/// Returns the error if the text has one of the forms that say where the message begins.
pub(super) fn structured(text: &str) -> Option<PastedError> {
    let forms = [botocore, java, rust_debug, swift, xml, dump, named, denial, api_error];
    let mut best: Option<PastedError> = None;
    for error in forms.iter().filter_map(|form| form(text)) {
        if error.is_known() {
            return Some(error);
        }
        best = best.or(Some(error));
    }
    best
}

/// `An error occurred (CODE) when calling the OPERATION operation (reached max retries: 4): MESSAGE`
fn botocore(text: &str) -> Option<PastedError> {
    // A terminal can have wrapped the line anywhere.
    let places = text.rmatch_indices("An error occurred").take(MOST_CODES);
    let places: Vec<(&str, &str)> = places
        .filter_map(|(at, mark)| Some((&text[..at], text[at + mark.len()..].trim_start().strip_prefix('(')?)))
        .collect();
    let calls_bedrock = |rest: &str| {
        let operation = rest.split_once("when calling the ").map(|(_, rest)| rest.split_whitespace().next());
        operation.flatten().is_some_and(is_own_operation)
    };
    let (before, rest) = *places.iter().find(|(_, rest)| calls_bedrock(rest)).or(places.first())?;
    let (code, rest) = rest.split_once(')')?;
    let (_, rest) = rest.split_once("operation")?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest);
    let message = message_in_quotes(before, rest.trim_start().strip_prefix(':').unwrap_or(rest));
    let is_code = |code: &&str| !code.is_empty() && code.len() < 80 && !code.contains(char::is_whitespace);
    let stated = Some(code.trim()).filter(is_code).filter(|code| code.parse::<u16>().is_err());
    let inner = || known_codes(&message).next().map(|(_, code)| code.to_owned());
    Some(PastedError { code: stated.map(str::to_owned).or_else(inner), message })
}

/// `CLASS: MESSAGE (Service: BedrockRuntime, Status Code: 400, Request ID: …)`, with `Error Code: CODE` in older ones
fn java(text: &str) -> Option<PastedError> {
    let (before, after) = text.rsplit_once("(Service: ")?;
    let code = after.split_once("Error Code: ").and_then(|(_, rest)| rest.split([';', ',', ')']).next());
    let Some(code) = code.map(str::trim).filter(|code| rules::is_known_code(code)) else {
        // The message ends here, whatever is in it.
        let (at, code) = known_codes(before).last()?;
        let after = Some(&before[at + code.len()..]).filter(|after| !is_member(after))?;
        let message = after.trim_start_matches([' ', ':']);
        return Some(PastedError { code: Some(code.to_owned()), message: trimmed(message) });
    };
    let line = before.trim_end().lines().last().unwrap_or_default();
    let message = line.rsplit_once("Exception: ").map_or(line, |(_, message)| message);
    Some(PastedError { code: Some(code.to_owned()), message: trimmed(message) })
}

/// `… code: Some("CODE"), message: Some("MESSAGE") …`
fn rust_debug(text: &str) -> Option<PastedError> {
    let quoted = |marker: &str| {
        let (_, rest) = text.rsplit_once(marker)?;
        literal::string(rest.trim_start())
    };
    let code = quoted("code: Some(")?;
    Some(PastedError { code: Some(code), message: one_line(&quoted("message: Some(").unwrap_or_default()) })
}

/// `CODE(properties: …, message: Optional("MESSAGE"), requestID: …)`
fn swift(text: &str) -> Option<PastedError> {
    let (before, rest) = text.rsplit_once("message: Optional(")?;
    let (_, code) = known_codes(before).last()?;
    Some(PastedError { code: Some(code.to_owned()), message: one_line(&literal::string(rest.trim_start())?) })
}

/// `<Error><Code>CODE</Code><Message>MESSAGE</Message></Error>`
fn xml(text: &str) -> Option<PastedError> {
    let element = |name: &str| {
        let (_, rest) = text.rsplit_once(&format!("<{name}>"))?;
        Some(one_line(rest.split_once("</")?.0))
    };
    let code = element("Code")?;
    Some(PastedError { code: Some(code), message: element("Message").unwrap_or_default() })
}

/// The members of an error, one a line, in any order: `message: MESSAGE`, `name: CODE`
fn dump(text: &str) -> Option<PastedError> {
    const MESSAGES: [&str; 5] = ["message", "errormessage", "error_message", "error message", "msg"];
    const CODES: [&str; 9] =
        ["name", "code", "type", "__type", "errortype", "errorcode", "error_code", "error code", "error type"];
    let lines: Vec<&str> = text.lines().collect();
    let members: Vec<(usize, String, &str)> =
        lines.iter().enumerate().filter_map(|(at, line)| member(line).map(|(key, value)| (at, key, value))).collect();
    let (at, code) = members.iter().rev().find_map(|(at, key, value)| {
        let (_, code) = known_codes(value).next().filter(|_| CODES.contains(&key.as_str()))?;
        (!is_foreign(code, text)).then_some((*at, code.to_owned()))
    })?;
    let messages = members.iter().filter(|(_, key, _)| MESSAGES.contains(&key.as_str()));
    let nearest = messages.filter(|(line, ..)| line.abs_diff(at) <= NEAR).min_by_key(|(line, ..)| line.abs_diff(at))?;
    let mut message = nearest.2.to_owned();
    for line in lines[nearest.0 + 1..].iter().take_while(|line| !line.trim().is_empty() && member(line).is_none()) {
        message.push(' ');
        message.push_str(line);
    }
    Some(PastedError { code: Some(code), message: trimmed(&message) })
}

/// Returns the key, in lower case, and the value of a line such as `"errorMessage": "…",`.
fn member(line: &str) -> Option<(String, &str)> {
    let line = line.trim().trim_start_matches(['-', '*', '"', '\'', '`', '{', ' ']);
    let (key, value) = line.split_at(line.find([':', '='])?);
    let key = key.trim().trim_end_matches(['"', '\'', '`', '*']);
    let is_key =
        !key.is_empty() && key.len() < 24 && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-$ ".contains(c));
    let value = value[1..].trim();
    // `Unknown Error: message: MESSAGE`
    if let Some(message) = value.strip_prefix("message: ").filter(|_| is_key) {
        return Some(("message".to_owned(), message));
    }
    is_key.then(|| (key.to_ascii_lowercase(), value))
}

/// `CODE: MESSAGE`, with or without a class path before the code, or the message before the code; the last one counts.
fn named(text: &str) -> Option<PastedError> {
    let is_code = |(at, code): &(usize, &str)| !is_foreign(code, text) && !is_file(&text[at + code.len()..]);
    let mut codes: Vec<(usize, &str)> = known_codes(text).filter(is_code).collect();
    codes.drain(..codes.len().saturating_sub(MOST_CODES));
    let mut best: Option<(PastedError, bool)> = None;
    for (at, code) in codes.into_iter().rev() {
        let after = &text[at + code.len()..];
        // PHP says whose fault it is, and repeats the body.
        let of_php = [" (client): ", " (server): "].iter().find_map(|mark| after.strip_prefix(mark));
        if let Some(message) = of_php {
            let message = message.split_once(" - {").map_or(message, |(message, _)| message);
            return Some(PastedError { code: Some(code.to_owned()), message: message_at(message) });
        }
        let is_before_colon = after.trim_start_matches(['"', '\'', '`', ')', ']', '*']).starts_with(':');
        if is_member(after) || (!is_before_colon && !code.ends_with("Exception")) {
            continue;
        }
        let is_mention = is_mentioned(text, at);
        let code = Some(code.to_owned());
        // In a header, a link follows the code, and the message is elsewhere.
        let is_linked = after.starts_with(":http");
        let message = if is_linked { String::new() } else { message_in_quotes(&text[..at], after) };
        let error = PastedError { code: code.clone(), message };
        if error.is_known() {
            return Some(error);
        }
        if is_mention {
            continue;
        }
        let line = text[..at].lines().last().unwrap_or_default();
        let line = after_ruby_location(line);
        let line = line.rsplit_once(" (").filter(|(_, path)| !path.contains(' ')).map_or(line, |(line, _)| line);
        let before = PastedError { code, message: trimmed(line.trim_end_matches(['(', '[', ' ', '-'])) };
        if !is_before_colon && before.is_known() {
            return Some(before);
        }
        if best.as_ref().is_none_or(|(_, before_colon)| is_before_colon && !before_colon) {
            best = Some((error, is_before_colon));
        }
    }
    best.map(|(error, _)| error)
}

/// Returns what follows the place in the source that Ruby puts before a message: `/app/a.rb:17:in 'call': MESSAGE`.
fn after_ruby_location(line: &str) -> &str {
    let after = line.split_once(".rb:").and_then(|(_, rest)| rest.split_once("': "));
    after.map_or(line, |(_, message)| message)
}

/// `User: PRINCIPAL is not authorized to perform: ACTION on resource: ARN …`
fn denial(text: &str) -> Option<PastedError> {
    let before = &text[..text.rfind("is not authorized to perform: ")?];
    let message = message_at(&text[before.rfind("User: ")?..]);
    Some(PastedError { code: None, message }).filter(PastedError::is_known)
}

/// `API Error (MODEL): 400 MESSAGE`
fn api_error(text: &str) -> Option<PastedError> {
    let (_, rest) = text.rsplit_once("API Error")?;
    let rest = rest.strip_prefix(" (").and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest);
    let rest = rest.strip_prefix(':')?.trim_start();
    let message = rest.trim_start_matches(|character: char| character.is_ascii_digit());
    Some(PastedError { code: None, message: message_at(message) }).filter(|error| !error.message.is_empty())
}

/// The last code that stands anywhere as a word: `source: ExpiredToken }`
pub(super) fn bare_code(text: &str) -> Option<&str> {
    let is_name = |word: &str| word.chars().filter(char::is_ascii_uppercase).count() > 1;
    let codes = known_codes(text).filter(|(_, word)| is_name(word) && !is_foreign(word, text));
    codes.filter(|(at, _)| !is_mentioned(text, *at)).map(|(_, word)| word).last()
}

/// Whether the code at this place is not that of the error: it is named by an exception of the program itself, or by
/// source text, such as a comment or an `except` clause.
fn is_mentioned(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = &text[start..at];
    let source = before.trim_start();
    let is_comment = |mark: &str| {
        source.rfind(mark).is_some_and(|at| {
            let follows_code = at > 0 && source[..at].ends_with(char::is_whitespace);
            follows_code || (at == 0 && source.len() < before.len())
        })
    };
    let follows_frame =
        text[..start].trim_end().lines().last().is_some_and(|line| line.trim_start().starts_with("File \""));
    let names_exception = |name: &&str| {
        source.find(*name).is_some_and(|at| {
            let after = &source[at + name.len()..];
            let is_word = !source[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
            is_word && (after.starts_with(':') || after.starts_with('('))
        })
    };
    follows_frame
        || is_comment("# ")
        || is_comment("// ")
        || source.starts_with("// ")
        || SOURCE.iter().any(|word| source.contains(word))
        || OF_THE_PROGRAM.iter().any(names_exception)
}

/// Returns the error codes that a rule knows, with their byte offsets.
fn known_codes(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_separator = |character: char| !character.is_ascii_alphanumeric() && character != '_';
    words(text, is_separator).filter(|(_, word)| rules::is_known_code(word))
}

/// Whether the name of a file goes on here: `.java:12`.
fn is_file(after: &str) -> bool {
    after.strip_prefix('.').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_alphanumeric()))
}

/// Whether the code before this is the value of an object's member: `"__type":"CODE"}`.
fn is_member(after: &str) -> bool {
    let after = after.strip_prefix(['"', '\'']).map(str::trim_start);
    after.is_some_and(|rest| rest.starts_with([',', '}']))
}

/// Returns the message after a code. It ends where the string ends that the code is in.
fn message_in_quotes(before: &str, after: &str) -> String {
    let line = before.lines().last().unwrap_or_default();
    let is_escaped = |text: &str, at: usize| text[..at].ends_with('\\');
    let is_open = |quote: char| line.match_indices(quote).filter(|(at, _)| !is_escaped(line, *at)).count() % 2 == 1;
    let after = after.trim_start_matches([' ', ':', '-', ']', ')', '*']);
    let closing = |quote: char| after.match_indices(quote).map(|(at, _)| at).find(|at| !is_escaped(after, *at));
    let end = ['"', '`'].into_iter().filter(|quote| is_open(*quote)).filter_map(closing).min();
    message_at(end.filter(|end| *end > 0).map_or(after, |end| &after[..end]))
}

/// Returns the message that begins here. It ends at a stack frame, at what tools append, or at a blank line, unless only
/// the lines together are a text that is known, or a quote is still open.
fn message_at(text: &str) -> String {
    const ENDS: [&str; 17] = [
        "(Service: ",
        " ---> ",
        "</",
        " {\n",
        "\nTraceback",
        "\nDuring handling",
        "\nrequest ID:",
        "\n  aws: ",
        "\ncause: ",
        "\n hint: ",
        "\nhint: ",
        "Received Model Group=",
        "\nAvailable Model Group",
        "LiteLLM Retried",
        "\n$fault",
        "\n$metadata",
        "\nhttpx.",
    ];
    let text = text.trim_start();
    let end = ENDS.iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    let end = end.min(text.char_indices().nth(LONGEST).map_or(end, |(at, _)| at));
    let mut paragraphs: Vec<String> = vec![String::new()];
    let ends = |(at, line): &(usize, &str)| {
        *at > 0 && (follows_an_error(line) || begins_log_entry(line.trim_start(), '\n') || begins_error(line))
    };
    // Some texts are known only if nothing follows them: what does not belong to them can follow on the next lines.
    let mut known = None;
    for (_, line) in text[..end].lines().enumerate().take_while(|line| !ends(line)) {
        if let Some(paragraph) = paragraphs.last().filter(|_| paragraphs.len() == 1 && known.is_none()) {
            known = Some(paragraph).filter(|text| text.len() < SHORT && rules::is_known_text(text)).cloned();
        }
        match paragraphs.last_mut() {
            Some(paragraph) if paragraph.ends_with(". ") && member(line).is_some() => break,
            Some(paragraph) if !line.trim().is_empty() => {
                paragraph.push_str(line.trim());
                paragraph.push(' ');
            }
            _ => paragraphs.push(String::new()),
        }
    }
    let mut paragraphs = paragraphs.into_iter().filter(|paragraph| !paragraph.is_empty());
    let mut message = paragraphs.next().unwrap_or_default();
    if let Some(next) = paragraphs.next() {
        let both = format!("{message} {next}");
        let is_open = message.matches('"').count() % 2 == 1;
        if is_open || (!rules::is_known_text(&message) && rules::is_known_text(&both)) {
            message = both;
        }
    }
    let is_longer_known = known.is_none() || rules::is_known_text(&message);
    trimmed(&known.filter(|_| !is_longer_known).unwrap_or(message))
}
