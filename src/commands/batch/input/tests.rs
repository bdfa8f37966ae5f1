//! Whole inputs in each form, through a check and after it.

use std::fs;
use std::io::Write as _;

use proptest::prelude::*;

use super::*;
use crate::commands::batch::record::{InputRecord, RecordContent};
use crate::config::{Environment, Flags, Template, TemplateRequest};
use crate::error::ExitCode;

/// A reader that gives one byte at a time.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(&mut buffer[..1])
    }
}

fn input_from(source: Source, form: InputForm, shape: RecordShape) -> Input {
    Input { name: "`x`".to_owned(), form, shape, source }
}

fn input(form: InputForm, shape: RecordShape, bytes: &[u8]) -> Input {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    input_from(Source::File(file), form, shape)
}

fn stream(form: InputForm, shape: RecordShape, bytes: &[u8]) -> Input {
    input_from(Source::Stream(Box::new(io::Cursor::new(bytes.to_vec()))), form, shape)
}

fn check(input: &mut Input) -> Result<Checked, Error> {
    input.check(&mut Output::from_process())
}

fn all(mut records: Records) -> Result<Vec<InputRecord>, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut all = Vec::new();
        while let Some(record) = records.next().await {
            all.push(record?);
        }
        Ok(all)
    })
}

/// Returns the records of an input, which must be the same with and without a check, and as a stream of single bytes.
fn read_as(form: InputForm, shape: &RecordShape, bytes: &[u8]) -> Result<Vec<InputRecord>, Error> {
    let mut checked = input(form, shape.clone(), bytes);
    let found = check(&mut checked)?;
    let records = all(checked.into_records()).unwrap();
    assert_eq!(found.records, Some(records.len() as u64));
    assert_eq!(found.bytes, bytes.len() as u64);
    assert_eq!(all(input(form, shape.clone(), bytes).into_records()), Ok(records.clone()));
    let mut stream = stream(form, shape.clone(), bytes);
    assert_eq!(check(&mut stream), Ok(Checked::default()));
    assert_eq!(all(stream.into_records()), Ok(records.clone()));
    let slow: Result<Vec<_>, _> = Reader::new("`x`", Slow(bytes), form, shape.clone()).collect();
    assert_eq!(slow.unwrap().into_iter().map(|parsed| parsed.record).collect::<Vec<_>>(), records);
    Ok(records)
}

fn read(form: InputForm, text: &str) -> Result<Vec<InputRecord>, Error> {
    read_as(form, &RecordShape::default(), text.as_bytes())
}

/// Returns the place, the ID and the texts of each record.
fn texts(records: Vec<InputRecord>) -> Vec<(u64, u64, String, String)> {
    let text = |content| match content {
        RecordContent::Prompt { text, system, max_tokens } => {
            let system = system.map(|system| format!(" [{system}]")).unwrap_or_default();
            let limit = max_tokens.map(|limit| format!(" {limit}")).unwrap_or_default();
            text + &system + &limit
        }
        RecordContent::ModelInput { body, .. } => body.to_string(),
    };
    records.into_iter().map(|record| (record.index, record.line, record.id, text(record.content))).collect()
}

fn texts_of(form: InputForm, text: &str) -> Vec<(u64, u64, String, String)> {
    texts(read(form, text).unwrap())
}

fn row(index: u64, line: u64, id: &str, text: &str) -> (u64, u64, String, String) {
    (index, line, id.to_owned(), text.to_owned())
}

/// Returns the error of an input as lines.
fn fault_of(form: InputForm, shape: &RecordShape, bytes: &[u8]) -> String {
    let error = read_as(form, shape, bytes).unwrap_err();
    assert_eq!(error.exit, ExitCode::Usage);
    let parts: Vec<_> = error.message.parts().map(|(_, text)| text.to_owned()).collect();
    parts.join("\n")
}

fn fault(form: InputForm, text: &str) -> String {
    fault_of(form, &RecordShape::default(), text.as_bytes())
}

/// Returns what records must be with this template and these variables of the command line.
fn shape(template: &str, variables: &[(&str, &str)]) -> Result<RecordShape, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.yaml");
    fs::write(&path, template).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let request =
        TemplateRequest { name: path.display().to_string(), variables: variables.collect(), is_for_records: true };
    let environment = Environment::new(|_| None, Vec::new);
    let mut flags = Flags::default();
    Template::load(&request, &mut flags, &environment)
        .map(|template| RecordShape::new(&RequestArgs::default(), Some(&template)))
}

#[test]
fn each_form_has_its_records() {
    let jsonl = "{\"prompt\":\"a\"}\r\n\n  \r\n{\"recordId\":\"x\",\"prompt\":\"b\",\"maxTokens\":5}\n{\"modelInput\": {\"a\" : 1} }";
    assert_eq!(
        texts_of(InputForm::Jsonl, jsonl),
        [row(0, 1, "000000001", "a"), row(1, 4, "x", "b 5"), row(2, 5, "000000005", "{\"a\" : 1}")]
    );
    let csv = "\u{feff}prompt,recordId,system,maxTokens\r\n\r\n\"a \"\"b\"\",\r\n\r\nc\",x,,\r\n é ,y,s,7\r\n\"\",,,";
    let rows = csv.rsplit_once("\r\n").unwrap().0;
    assert_eq!(texts_of(InputForm::Csv, rows), [row(0, 3, "x", "a \"b\",\r\n\r\nc"), row(1, 6, "y", " é  [s] 7")]);
    assert!(fault(InputForm::Csv, csv).starts_with("`x`, line 7: `recordId` must be"));
    assert_eq!(
        texts_of(InputForm::Lines, "\u{feff} a\tb \r\n\n \n{\"c\"}"),
        [row(0, 1, "000000001", " a\tb "), row(1, 4, "000000004", "{\"c\"}")]
    );
}

#[test]
fn an_input_without_records_is_refused() {
    for (form, text) in [
        (InputForm::Jsonl, ""),
        (InputForm::Jsonl, "\n \r\n"),
        (InputForm::Csv, "prompt\n\n"),
        (InputForm::Csv, ""),
        (InputForm::Lines, "\n"),
    ] {
        assert_eq!(fault(form, text), "`x` has no records");
        let error = all(input(form, RecordShape::default(), text.as_bytes()).into_records()).unwrap_err();
        assert_eq!(error, no_records("`x`"));
        let mut stream = stream(form, RecordShape::default(), text.as_bytes());
        assert_eq!(check(&mut stream), Err(no_records("`x`")));
    }
}

#[test]
fn all_faults_are_found_at_once() {
    let text = "{\"prompt\":\"a\",\"recordId\":\"1\"}\n{\"promt\":\"a\"}\n{\n\n{\"prompt\":\"b\",\"recordId\":\"1\"}\n{\"modelInput\":{}}\n";
    let option = RecordShape { option: Some("--max-tokens"), ..RecordShape::default() };
    insta::assert_snapshot!(fault_of(InputForm::Jsonl, &option, text.as_bytes()), @r"
    `x` has 4 faults
    line 2: `promt` is not a member of a record (did you mean `prompt`?)
    line 3: it is not JSON: column 1: EOF while parsing an object (if records have several lines: `jq -c . FILE` prints each of them on one line)
    line 5: its `recordId` is that of line 1
    line 6: `--max-tokens` cannot be used with `modelInput`, which is sent as it is
    ");
    let first = all(input(InputForm::Jsonl, option, text.as_bytes()).into_records()).unwrap_err();
    assert_eq!(first.message.summary, "`x`, line 2: `promt` is not a member of a record");
}

#[test]
fn what_is_no_text_is_refused_with_its_line() {
    for (form, before) in
        [(InputForm::Jsonl, "{\"prompt\":\"a\"}\n"), (InputForm::Csv, "prompt\n"), (InputForm::Lines, "a\n")]
    {
        let fault = |bytes: &[u8]| fault_of(form, &RecordShape::default(), &[before.as_bytes(), bytes].concat());
        assert!(fault(b"\"\xff\"\n").starts_with("`x`, line 2: it is not UTF-8 at byte 2\n"));
        assert_eq!(fault(b"a\0b\n"), "`x`, line 2: it is binary, and only text is read");
    }
    let utf_16: Vec<u8> = "\u{feff}prompt\r\na".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(
        fault_of(InputForm::Csv, &RecordShape::default(), &utf_16),
        "`x`, line 1: it is not UTF-8 at byte 1\nconvert it first: `iconv -f UTF-16 -t UTF-8`"
    );
    let marked = fault(InputForm::Jsonl, "\u{feff}{\"prompt\":\"a\"}");
    assert!(marked.starts_with("`x`, line 1: it is not JSON: it begins with a byte order mark\n"), "{marked}");
}

#[test]
fn a_header_names_the_members_of_the_records() {
    for (text, expected) in [
        ("promt\na", "`x`, line 1: the header has the column `promt`, which is not known\ndid you mean `prompt`?"),
        ("recordId\na", "`x`, line 1: the header has no column `prompt`"),
        ("prompt,prompt\na,b", "`x`, line 1: the header has the column `prompt` twice"),
        ("prompt,\na,b", "`x`, line 1: the header has a column without a name"),
        (
            "prompt,modelInput\na,b",
            "`x`, line 1: the header has the column `modelInput`, which is not known\nwithout `--template`, the columns are `recordId`, `prompt`, `system`, `maxTokens`",
        ),
        (
            "recordId;prompt\na;b",
            "`x`, line 1: the header has the column `recordId;prompt`, which is not known\nwithout `--template`, the columns are `recordId`, `prompt`, `system`, `maxTokens`\nthe columns must be separated by commas",
        ),
        (
            "\"prompt\"x\na",
            "`x`, line 1: it has text after the end of a quoted field\na quote inside of a quoted field must be doubled: `\"a \"\"b\"\"\"`",
        ),
        ("prompt\n\"a\nb\n", "`x`, line 2: it has a quoted field that does not end"),
        ("prompt,maxTokens\na,1.5", "`x`, line 2: `maxTokens` must be a whole number from 1 to 2147483647"),
        ("recordId,prompt\na, ", "`x`, line 2: `prompt` must be text that is not blank"),
    ] {
        assert_eq!(fault(InputForm::Csv, text), expected);
    }
    let torn = fault(InputForm::Csv, "recordId,prompt\na,\"b\"c\nd,e,f\ng\nh,\"i\n\"\nh,j");
    insta::assert_snapshot!(torn, @r#"
    `x` has 4 faults
    line 2: it has text after the end of a quoted field (a quote inside of a quoted field must be doubled: `"a ""b"""`)
    line 3: it has 3 fields, and the header has 2 (a field with a comma, a quote or a line break must be quoted: `"a, ""b"""`)
    line 4: it has 1 field, and the header has 2
    line 7: its `recordId` is that of line 5
    "#);
}

#[test]
fn columns_are_the_variables_of_a_template() {
    let template = "system: Speak {{language}}.\nprompt: \"{{greeting}} {{name}}: {{input}}\"\n";
    let greeting = shape(template, &[("greeting", "Hi")]).unwrap();
    let csv = "name,recordId,input,language\n\"A,\n{{x}}\",1,one,Latin\nB,2,,Greek\n";
    assert_eq!(
        texts(read_as(InputForm::Csv, &greeting, csv.as_bytes()).unwrap()),
        [row(0, 2, "1", "Hi A,\n{{x}}: one [Speak Latin.]"), row(1, 4, "2", "Hi B:  [Speak Greek.]")]
    );
    let fault = |csv: &str| fault_of(InputForm::Csv, &greeting, csv.as_bytes());
    let name = greeting.template.as_ref().unwrap().name();
    for (csv, expected) in [
        (
            "nam,language,input\n",
            "the header has the column `nam`, which the template `T` does not use\ndid you mean `name`?",
        ),
        (
            "x,name,language,input\n",
            "the header has the column `x`, which the template `T` does not use\nits variables are `language`, `name`, `input`",
        ),
        ("greeting,name,language,input\n", "`--var greeting` and the column `greeting` give the same variable"),
        (
            "name,input\n",
            "the header has no column for `language` of the template `T`\nadd the column, or `--var language=VALUE` for all records",
        ),
        ("name,language\n", "the header has no column for `input` of the template `T`"),
    ] {
        assert_eq!(fault(csv), format!("`x`, line 1: {}", expected.replace("`T`", &format!("`{name}`"))));
    }
}

#[test]
fn a_template_has_a_place_for_lines_and_prompts() {
    let place = shape("prompt: \"Translate: {{input}}\"\nsystem: \"{{s}}\"\n", &[("s", "S")]).unwrap();
    let after = shape("prompt: Translate\n", &[]).unwrap();
    for (form, text, own) in [
        (InputForm::Lines, "a\n", false),
        (InputForm::Jsonl, "{\"prompt\":\"a\"}\n", false),
        (InputForm::Jsonl, "{\"prompt\":\"a\",\"system\":\"own\"}\n", true),
    ] {
        let own = if own { " [own]" } else { "" };
        let records = texts(read_as(form, &place, text.as_bytes()).unwrap());
        assert_eq!(records, [row(0, 1, "000000001", &format!("Translate: a{own}"))]);
        let records = texts(read_as(form, &after, text.as_bytes()).unwrap());
        assert_eq!(records, [row(0, 1, "000000001", &format!("Translate\n\na{own}"))]);
    }
    // A template without a prompt has only settings, and a blank system prompt is none.
    let settings = shape("system: \"{{s}}\"\nmax_tokens: 5\n", &[]).unwrap();
    let records = texts(read_as(InputForm::Csv, &settings, b"input,s\na,\nb, \nc,d\n").unwrap());
    assert_eq!(records, [row(0, 2, "000000002", "a"), row(1, 3, "000000003", "b"), row(2, 4, "000000004", "c [d]")]);
    let blank = shape("prompt: \"{{a}}\"\n", &[]).unwrap();
    let blank = fault_of(InputForm::Csv, &blank, b"a\n\" \"\n");
    assert!(blank.starts_with("`x`, line 2: the prompt is empty\n"), "{blank}");
}

#[test]
fn a_byte_order_mark_before_a_quoted_name_is_no_part_of_it() {
    let broken = shape("prompt: \"{{a}} {{input}}\"\n", &[]).unwrap();
    let error = fault_of(InputForm::Csv, &broken, "\u{feff}\"a\n\",input\n1,2\n".as_bytes());
    assert!(error.starts_with("`x`, line 1: the header has the column `a\n`"), "{error}");
    let records = read_as(InputForm::Csv, &broken, "\u{feff}\"a\",input\n1,2\n".as_bytes()).unwrap();
    assert_eq!(texts(records), [row(0, 2, "000000002", "1 2")]);
}

#[test]
fn what_makes_requests_of_lines_has_an_identity() {
    let template = |prompt: &str, value: &str| {
        let variables = [("a", value)];
        shape(&format!("prompt: \"{prompt} {{{{a}}}} {{{{b}}}}\"\nsystem: \"{{{{c}}}}\"\n"), &variables).unwrap()
    };
    let identity = |form, shape: &RecordShape| input(form, shape.clone(), b"").identity();
    let own = identity(InputForm::Csv, &template("x", "1"));
    assert_eq!(own, identity(InputForm::Csv, &template("x", "1")));
    for (form, shape) in [
        (InputForm::Lines, template("x", "1")),
        (InputForm::Csv, template("y", "1")),
        (InputForm::Csv, template("x", "2")),
        (InputForm::Csv, RecordShape::default()),
    ] {
        assert_ne!(own, identity(form, &shape));
    }
}

#[test]
fn only_columns_can_give_variables_that_the_command_line_does_not() {
    let needs = shape("prompt: \"{{a}} {{b}}\"\n", &[("a", "1")]).unwrap();
    let template = needs.template.unwrap();
    assert_eq!(template.missing_variables(), ["b"]);
    let error = template.require_variables().unwrap_err().message;
    assert!(error.summary.ends_with("has variables without a value: `b`"), "{}", error.summary);
    let unused = shape("prompt: a\n", &[("b", "1")]).unwrap_err().message.summary;
    assert!(unused.ends_with("does not have: `b`"), "{unused}");
}

#[test]
fn a_file_that_changes_after_its_check_ends_the_records() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.jsonl");
    let records: String =
        (0..10_000).fold(String::new(), |text, number| text + &format!("{{\"prompt\":\"{number:04}\"}}\n"));
    let changed = records.replace("9999", "0000");
    let longer = format!("{records}{{\"prompt\":\"more\"}}\n");
    for (text, keeps_time) in [(&changed, true), (&longer, true), (&records, false), (&records[..77].to_owned(), true)]
    {
        fs::write(&path, &records).unwrap();
        let file = File::open(&path).unwrap();
        let time = file.metadata().unwrap().modified().unwrap();
        let mut input = input_from(Source::File(file), InputForm::Jsonl, RecordShape::default());
        check(&mut input).unwrap();
        fs::write(&path, text).unwrap();
        let time = if keeps_time { time } else { time + std::time::Duration::from_secs(9) };
        File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        let error = all(input.into_records()).unwrap_err();
        assert_eq!((error.exit, &*error.message.summary), (ExitCode::Failure, "`x` has changed since it was checked"));
    }
}

#[test]
fn few_records_are_read_before_they_are_wanted() {
    let body = format!("{{\"modelInput\":{{\"a\":\"{}\"}}}}\n", "x".repeat(700_000));
    let records = input(InputForm::Jsonl, RecordShape::default(), body.repeat(20).as_bytes()).into_records();
    assert_eq!(all(records).unwrap().len(), 20);
    // A thread that waits for space ends with the records.
    drop(input(InputForm::Jsonl, RecordShape::default(), body.repeat(3).as_bytes()).into_records());
}

#[test]
fn the_digest_of_a_record_is_that_of_its_bytes() {
    let digests =
        |form, text: &str| -> Vec<_> { read(form, text).unwrap().iter().map(|record| record.digest).collect() };
    let jsonl = digests(InputForm::Jsonl, "{\"prompt\":\"a\"}\n{\"prompt\": \"a\"}\n{\"prompt\":\"a\"}\r\n");
    let expected = crate::digest::sha256(b"{\"prompt\":\"a\"}");
    assert_eq!(jsonl[0].to_be_bytes(), expected[..8]);
    assert_eq!(jsonl[0], jsonl[2]);
    assert_ne!(jsonl[0], jsonl[1]);
    let csv = digests(InputForm::Csv, "recordId,prompt\na,b\nc,d");
    assert_eq!(csv[0], digests(InputForm::Csv, "recordId,prompt\na,b")[0]);
    assert_ne!(csv[0], digests(InputForm::Csv, "prompt,recordId\na,b")[0]);
}

#[test]
fn the_form_follows_from_the_name_of_the_file() {
    let form = |name: &str| InputArgs { input: name.into(), input_form: None }.form();
    for (name, expected) in [
        ("-", InputForm::Jsonl),
        ("a.jsonl", InputForm::Jsonl),
        ("a.b.NDJSON", InputForm::Jsonl),
        ("a.json", InputForm::Jsonl),
        ("a.csv", InputForm::Csv),
        ("csv.txt", InputForm::Lines),
    ] {
        assert_eq!(form(name), Ok(expected));
        let named = InputArgs { input: name.into(), input_form: Some(InputForm::Lines) };
        assert_eq!(named.form(), Ok(InputForm::Lines));
    }
    for name in ["a", "jsonl", "/dev/fd/63", "a.jsonl.gz", "a.tsv"] {
        assert_eq!(form(name).unwrap_err().message.summary, format!("the form of `{name}` is not known by its name"));
    }
}

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let id = prop_oneof!["[ -~]{1,9}", "[^\0]{1,5}", "[0-9]{9}"];
    let text = prop_oneof!["[^\0]{0,20}", "[\",\r\n a]{0,9}"];
    proptest::collection::vec((id, text.prop_map(|text| text + "x")), 1..9)
}

proptest! {
    #[test]
    fn any_text_survives(pairs in pairs()) {
        let jsonl: String = pairs
            .iter()
            .map(|(id, text)| serde_json::json!({"recordId": id, "prompt": text}).to_string() + "\n")
            .collect();
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(["recordId", "prompt"]).unwrap();
        for (id, text) in &pairs {
            csv.write_record([id, text]).unwrap();
        }
        let csv = csv.into_inner().unwrap();
        let ids: std::collections::BTreeSet<_> = pairs.iter().map(|(id, _)| id).collect();
        for (form, bytes) in [(InputForm::Jsonl, jsonl.as_bytes()), (InputForm::Csv, &csv)] {
            match read_as(form, &RecordShape::default(), bytes) {
                Ok(records) => {
                    let read = texts(records).into_iter().map(|(_, _, id, text)| (id, text)).collect::<Vec<_>>();
                    prop_assert_eq!(&read, &pairs);
                }
                Err(error) => {
                    prop_assert!(ids.len() < pairs.len(), "{error:?}");
                    let text = format!("{error:?}");
                    prop_assert!(text.contains("its `recordId` is that of line"));
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_records_or_a_fault_with_its_line(
        bytes in proptest::collection::vec(prop_oneof![
            any::<u8>().prop_map(|byte| vec![byte]),
            prop_oneof!["\n", "\"", ",", "\\{\"prompt\":\"a\"\\}", "\\{\"modelInput\":\\{\\}\\}", "prompt\n", "\r\n"]
                .prop_map(String::into_bytes),
        ], 0..30)
    ) {
        let bytes = bytes.concat();
        for form in [InputForm::Jsonl, InputForm::Csv, InputForm::Lines] {
            if let Err(error) = read_as(form, &RecordShape::default(), &bytes) {
                let text = format!("{error:?}");
                prop_assert!(text.contains("line ") || text.contains("has no records"), "{text}");
            }
        }
    }
}
