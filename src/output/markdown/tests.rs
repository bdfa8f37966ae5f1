//! The properties of the styling: nothing is lost or added, and the split into parts does not show.

use std::fmt::Write;

use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::*;
use crate::output::visible;

/// Returns what a terminal gets of a response in these parts.
fn printed<'a>(parts: impl IntoIterator<Item = &'a str>, width: Option<usize>, is_colored: bool) -> String {
    let mut markdown = Markdown::new(is_colored);
    let mut printed: String = parts.into_iter().map(|part| markdown.push(&visible(part), width)).collect();
    printed.push_str(&markdown.finish());
    printed
}

/// Returns the characters of what a terminal gets, each with the numbers of its style.
fn cells(printed: &str) -> Vec<(char, &str)> {
    let mut cells = Vec::new();
    let mut parts = printed.split("\u{1b}[");
    cells.extend(parts.next().unwrap_or_default().chars().map(|letter| (letter, "0")));
    for part in parts {
        let (style, text) = part.split_once('m').expect("a style");
        assert!(style.chars().all(|letter| letter.is_ascii_digit() || letter == ';'), "{style}");
        cells.extend(text.chars().map(|letter| (letter, style)));
    }
    cells
}

/// Returns what a terminal gets without sequences.
fn plain(printed: &str) -> String {
    cells(printed).into_iter().map(|(letter, _)| letter).collect()
}

/// Returns a response with its styles in braces.
fn styled(response: &str) -> String {
    let mut shown = String::new();
    let mut before = "0";
    for (letter, style) in cells(&printed([response], None, true)) {
        if style != before {
            let _ = write!(shown, "{{{}}}", style.trim_start_matches('0').trim_start_matches(';'));
            before = style;
        }
        shown.push(letter);
    }
    shown
}

/// Returns what is printed of a response before more of it arrives.
fn streamed(response: &str) -> String {
    plain(&Markdown::new(true).push(response, Some(80)))
}

/// Returns the response that was wrapped: a line break stands where the response has none, before a character that is not
/// blank.
fn unwrapped(printed: &str, response: &str) -> Option<String> {
    let mut letters = printed.chars().peekable();
    let mut text = String::new();
    for expected in response.chars() {
        if expected != '\n' && letters.peek() == Some(&'\n') {
            letters.next();
            while letters.next_if_eq(&' ').is_some() {}
        }
        text.push(letters.next_if_eq(&expected)?);
    }
    letters.next().is_none().then_some(text)
}

#[test]
fn the_source_is_styled() {
    for (response, expected) in [
        ("# One\ntwo\n", "{2}# {1}One{}\ntwo\n"),
        ("####### no\n#no\n", "####### no\n#no\n"),
        ("a **b** c", "a {2}**{1}b{2}**{} c"),
        ("*a* _b_ ~~c~~ ***d***", "{2}*{3}a{2}*{} {2}_{3}b{2}_{} {2}~~{9}c{2}~~{} {2}***{1;3}d{2}***"),
        ("**a *b* c**", "{2}**{1}a {2}*{1;3}b{2}*{1} c{2}**"),
        ("***a** b*", "{2}***{1;3}a{2}**{3} b{2}*"),
        ("a * b * c, 2 ** 3, f_o_o, ~5 to ~6, 3 < 4", "a * b * c, 2 ** 3, f_o_o, ~5 to ~6, 3 < 4"),
        ("a **b *c*\n**d", "a **b {2}*{3}c{2}*{}\n**d"),
        ("\\*a\\* \\`b`", "\\*a\\* \\`b`"),
        ("`a *b*` ``c ` d``", "{2}`{36}a *b*{2}`{} {2}``{36}c ` d{2}``"),
        ("*a `*` b*", "{2}*{3}a {2}`{3;36}*{2}`{3} b{2}*"),
        ("a `b\nc` d `e`\n\n`f\n- `g`", "a `b\nc` d {2}`{36}e{2}`{}\n\n`f\n{35}- {2}`{36}g{2}`"),
        ("[a *b*](c) [d] [e][f]", "{2}[{4}a {2}*{3;4}b{2}*](c){} [d] [e][f]"),
        ("<https://a.b/_c_> <b>d</b> Vec<u8>", "{2}<{4}https://a.b/_c_{2}>{} <b>d</b> Vec<u8>"),
        ("![a](b)! c!", "{2}![{4}a{2}](b){}! c!"),
        ("**你好：**世界", "{2}**{1}你好：{2}**{}世界"),
        ("- a\n  - b\n1. c\n", "{35}- {}a\n  {35}- {}b\n{35}1. {}c\n"),
        ("- [ ] a\n- [x] b\n- [c](d)", "{35}- [ ]{} a\n{35}- [x]{} b\n{35}- {2}[{4}c{2}](d)"),
        ("> a **b**\n> > c\n\nd", "{2}> {32}a {2}**{1;32}b{2}**{}\n{2}> > {32}c{}\n\nd"),
        ("---\n***\na\n===\n- - -\n", "{2}---{}\n{2}***{}\na\n{2}==={}\n{2}- - -{}\n"),
        ("```sh\na *b*\n\n  ``\n```\n*c*", "{2}```sh{}\n{36}a *b*{}\n\n{36}  ``{}\n{2}```{}\n{2}*{3}c{2}*"),
        ("- a\n\n  ~~~\n  b\n~~~~\nc", "{35}- {}a\n\n  {2}~~~{}\n  {36}b{}\n{2}~~~~{}\nc"),
        ("```a``` b\n    c\n\n    d *e*\n", "{2}```{36}a{2}```{} b\n    c\n\n{36}    d *e*{}\n"),
        (
            "|a|`b`|\n|-|:-:|\n|c|**d**|\n\n|e",
            "{2}|{1}a{2}|`{1;36}b{2}`|{}\n{2}|-|:-:|{}\n{2}|{}c{2}|**{1}d{2}**|{}\n\n{2}|{}e",
        ),
        ("|a|b|\nc", "{2}|{}a{2}|{}b{2}|{}\nc"),
        ("a | b\n--|--\nc | d\n", "a | b\n{2}--|--{}\nc {2}|{} d\n"),
        ("> | a |\n> |---|\n> | b |\n", "{2}> |{1;32} a {2}|{}\n{2}> |---|{}\n{2}> |{32} b {2}|{}\n"),
    ] {
        assert_eq!(styled(response), expected);
    }
}

#[test]
fn no_more_is_held_than_what_may_change() {
    for (response, expected) in [
        ("one two", "one "),
        ("one **two", "one "),
        ("one **two** ", "one **two** "),
        ("2 * 3 ", "2 * 3 "),
        ("a [b] c ", "a [b] c "),
        ("#", ""),
        ("# on", "# on"),
        ("-", ""),
        ("- on", "- on"),
        ("```sh", ""),
        ("```sh\nlet x", "```sh\nlet x"),
        ("```sh\nx\n``", "```sh\nx\n"),
        ("|a|\n", ""),
        ("|a|\n|-", ""),
        ("|a|\n|-|\n|b", "|a|\n|-|\n|b"),
        ("|a|\nb", "|a|\nb"),
        ("一二三", "一二"),
    ] {
        assert_eq!(streamed(response), expected, "{response:?}");
    }
    let open = format!("**{}", "a b ".repeat(200));
    assert!(streamed(&open).len() > open.len() - 8);
}

#[test]
fn words_are_wrapped_with_the_indentation_of_their_block() {
    let wrapped = |response: &str, width: usize| printed([response], Some(width), false);
    assert_eq!(wrapped("one two three four five six", 20), "one two three four \nfive six");
    assert_eq!(wrapped("- one two three four five\n", 24), "- one two three four \n  five\n");
    assert_eq!(wrapped("> 10. one two three four five\n", 27), "> 10. one two three four \n      five\n");
    assert_eq!(wrapped("a `one two three four` five six", 22), "a \n`one two three four` \nfive six");
    assert_eq!(wrapped("see https://example.com/one/two/three now", 20), "see \nhttps://example.com/one/two/three now");
    let code = "```\none two three four five six seven\n```\n|a b c d e f g|h i j k l m n o p q|\n";
    assert_eq!(wrapped(code, 20), code);
    assert_eq!(wrapped("一二三四五六七八九十，一二", 20), "一二三四五六七八九\n十，一二");
    assert_eq!(wrapped("one two three four five six", 19), "one two three four five six");
}

#[test]
fn a_width_that_changes_holds_from_then_on() {
    let mut markdown = Markdown::new(false);
    let mut shown = markdown.push("one two three four five six ", Some(40));
    shown.push_str(&markdown.push("seven eight nine ten eleven ", Some(20)));
    shown.push_str(&markdown.finish());
    assert_eq!(shown, "one two three four five six \nseven eight nine \nten eleven ");
}

#[test]
fn what_is_huge_or_deep_takes_time_in_proportion() {
    let repeated = [
        "*", "`", "[", "![", ">", "> ", "- ", "1. ", "\\", "<", "_a", "**a ", "[a](", "a*b_c`", "|", "~~", "\u{301}",
        "一", " ", "#", "=", "a",
    ];
    for piece in repeated {
        for piece in [piece.to_owned(), format!("{piece}\n"), format!("a{piece}")] {
            let response = piece.repeat(30_000 / piece.len());
            let started = std::time::Instant::now();
            let shown = printed([&*response], Some(80), true);
            assert!(started.elapsed().as_secs() < 20, "{piece:?}: {:?}", started.elapsed());
            assert_eq!(unwrapped(&plain(&shown), &response).as_deref(), Some(&*response), "{piece:?}");
        }
    }
}

/// Returns responses that look like Markdown, and more often break it.
fn responses() -> impl Strategy<Value = String> {
    const BLOCKS: [&str; 13] =
        [" ", "  ", "    ", "\t", "\n", "\n\n", "\n> ", "\n- ", "\n1. ", "\n# ", "\n```\n", "\n|", "\n|-|-|\n"];
    const SPANS: [&str; 18] =
        ["*", "**", "_", "`", "``", "~~", "[", "](", ")", "<", ">", "!", "\\", "|", "-", "=", "#", "2) "];
    const RARE: [&str; 10] =
        ["世界", "é", "👩\u{200d}👧", "\u{1b}[31m", "\r\n", "\u{202e}", "⚠\u{fe0f}", "[x] ", "https://a.b/c_d", "，"];
    let one_of = |pieces: &'static [&'static str]| prop::sample::select(pieces).prop_map(str::to_owned);
    let piece = prop_oneof![4 => "[a-z]{1,8} ?", 3 => one_of(&BLOCKS), 3 => one_of(&SPANS), 1 => one_of(&RARE)];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Returns responses as models write them: each line is a paragraph, and what is opened is closed.
fn documents() -> impl Strategy<Value = String> {
    let words = "[a-z]{1,6}( [a-z]{1,6}){0,2}";
    let span = prop_oneof![
        3 => words,
        1 => words.prop_map(|words| format!("*{words}*")),
        1 => words.prop_map(|words| format!("**{words}, _b_ c**.")),
        1 => words.prop_map(|words| format!("~~{words}~~!")),
        1 => words.prop_map(|words| format!("`{words} *b*`")),
        1 => words.prop_map(|words| format!("[{words} `c`](https://a.b/c_d_e)")),
        1 => prop::sample::select(&["2 * 3", "a_b_c", "(**b**)", "x < y", "\\*", "***d***"][..]).prop_map(str::to_owned),
    ];
    let line = || prop::collection::vec(span.clone(), 1..5).prop_map(|spans| spans.join(" "));
    let block = prop_oneof![
        line(),
        ("#{1,6}", line()).prop_map(|(level, line)| format!("{level} {line}")),
        (line(), line(), line()).prop_map(|(one, two, three)| format!("- {one}\n  - {two}\n\n    {three}\n- {two}")),
        (line(), line()).prop_map(|(one, two)| format!("1. {one}\n   ```sh\n   {two}\n   ```\n2) {one}")),
        (line(), line()).prop_map(|(one, two)| format!("> {one}\n>\n> - {two}")),
        line().prop_map(|line| format!("~~~\n{line}\n\n  # {line}\n~~~")),
        (line(), line()).prop_map(|(one, two)| format!("| {one} | b |\n|---|:-:|\n| c | {two} |")),
        Just("---".to_owned()),
    ];
    prop::collection::vec(block, 0..8).prop_map(|blocks| blocks.join("\n\n"))
}

/// Returns the styles of the text of a document, by the parser that sees all of it; `None` for markup and blanks.
fn parsed(document: &str) -> Vec<Option<Style>> {
    let mut styles = vec![None; document.len()];
    let mut open = vec![Style::PLAIN];
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for (event, range) in Parser::new_ext(document, options).into_offset_iter() {
        let outer = *open.last().unwrap();
        let style = match &event {
            Event::Start(Tag::Emphasis) => Style::ITALIC,
            Event::Start(Tag::Strong | Tag::TableHead | Tag::Heading { .. }) => Style::BOLD,
            Event::Start(Tag::Strikethrough) => Style::STRUCK,
            Event::Start(Tag::Link { .. }) => Style::UNDERLINED,
            Event::Start(Tag::CodeBlock(_)) | Event::Code(_) => Style::CODE,
            Event::Start(Tag::BlockQuote(_)) => Style::QUOTE,
            _ => Style::PLAIN,
        };
        match event {
            Event::Start(_) => open.push(outer.with(style)),
            Event::End(_) => drop(open.pop()),
            Event::Text(_) | Event::Code(_) => {
                for (at, letter) in document[range.clone()].char_indices() {
                    let is_markup = letter.is_whitespace() || letter == '`';
                    styles[range.start + at] = (!is_markup).then(|| outer.with(style));
                }
            }
            _ => {}
        }
    }
    styles
}

/// Splits a text at these shares of it.
fn split<'a>(text: &'a str, shares: &[f64]) -> Vec<&'a str> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "any place will do"
    )]
    let mut places: Vec<_> =
        shares.iter().map(|share| text.floor_char_boundary((share * text.len() as f64) as usize)).collect();
    places.sort_unstable();
    places.push(text.len());
    let starts = std::iter::once(0).chain(places.clone());
    starts.zip(places.clone()).map(|(start, end)| &text[start..end]).collect()
}

proptest! {
    #[test]
    fn the_text_is_styled_as_the_parser_of_the_whole_sees_it(document in documents()) {
        let shown = printed([&*document], None, true);
        prop_assert!(document.is_ascii());
        for ((at, (letter, style)), expected) in cells(&shown).into_iter().enumerate().zip(parsed(&document)) {
            if let Some(expected) = expected {
                prop_assert_eq!(format!("\u{1b}[{}m", style), expected.sequence(), "{:?} at {}", letter, at);
            }
        }
    }

    #[test]
    fn without_sequences_it_is_the_response(response in responses(), shares in prop::collection::vec(0.0..1.0, 0..8)) {
        let shown = plain(&printed(split(&response, &shares), None, true));
        prop_assert_eq!(shown, visible(&response));
    }

    #[test]
    fn without_the_line_breaks_it_is_the_response(response in responses(), width in 20_usize..60) {
        let response = visible(&response).into_owned();
        let shown = printed([&*response], Some(width), false);
        prop_assert_eq!(unwrapped(&shown, &response), Some(response));
    }

    #[test]
    fn lines_of_words_fit(response in "(- |> )?([a-z*一]{1,9}[ \n]){0,60}", width in 30_usize..60) {
        let shown = printed([&*response], Some(width), false);
        prop_assert!(shown.lines().all(|line| line.width() <= width), "{:?}", shown);
    }

    #[test]
    fn the_split_does_not_show(response in responses(), shares in prop::collection::vec(0.0..1.0, 0..8), width in 20_usize..60) {
        let letters: Vec<String> = response.chars().map(String::from).collect();
        let whole = printed([&*response], Some(width), true);
        let (parts, single) = (
            printed(split(&response, &shares), Some(width), true),
            printed(letters.iter().map(String::as_str), Some(width), true),
        );
        prop_assert_eq!(cells(&parts), cells(&whole));
        prop_assert_eq!(cells(&single), cells(&whole));
    }

    #[test]
    fn each_write_leaves_no_style(response in responses(), shares in prop::collection::vec(0.0..1.0, 0..8)) {
        let mut markdown = Markdown::new(true);
        for part in split(&response, &shares) {
            let shown = markdown.push(&visible(part), None);
            let last = shown.rsplit("\u{1b}[").next().filter(|_| shown.contains('\u{1b}'));
            prop_assert!(last.is_none_or(|last| last.starts_with("0m")), "{:?}", shown);
        }
    }

    #[test]
    fn without_colour_there_are_no_sequences(response in responses()) {
        let shown = printed([&*response], Some(40), false);
        prop_assert!(!shown.contains('\u{1b}'), "{:?}", shown);
    }
}
