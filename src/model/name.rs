//! Short names: the foundation models that a name without a publisher stands for, and what a mistyped one was meant to be.
//! Which of them can be invoked from where is for `resolver`.

use crate::model::family::{family_key, is_major, is_version};
use crate::model::id::{has_digits, is_number};

/// Words that a short name may leave out though the ID has them: how the model was trained to be used.
const OPTIONAL: [&str; 3] = ["chat", "instruct", "it"];

/// Words that make another model of the same version: `kimi-k2` is not `kimi-k2-thinking`.
const VARIANTS: [&str; 7] = ["coder", "flash", "next", "safeguard", "thinking", "vision", "vl"];

/// What a short name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameMatch<'a> {
    /// The models of the one family that fits, newest first.
    Family(Vec<&'a str>),
    /// The models of each family that fits, newest first.
    Several(Vec<Vec<&'a str>>),
    /// No family fits.
    None,
}

/// A name or an ID taken apart, without publisher.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Parts {
    /// `llama3-1-70b` is `llama`, `3`, `1`, `70b`, so that dots and hyphens make no difference.
    tokens: Vec<String>,
    /// `20251001`
    date: Option<String>,
    /// `v1:0`
    release: Option<String>,
}

impl Parts {
    /// Takes the part of a foundation model ID after its publisher apart.
    fn of_id(name: &str) -> Self {
        let segments = segments(name);
        match &segments[..] {
            // `rerank-v3-5:0` has no release of its own: 3.5 is the version of the model.
            [.., major, minor] if is_major(major) && minor.contains(':') && !minor.starts_with('v') => {
                let minor = minor.split(':').next().unwrap_or_default();
                Self::of_segments(&[&segments[..segments.len() - 1], &[minor]].concat(), None)
            }
            [first @ .., last] if !first.is_empty() && is_version(last) => Self::of_segments(first, Some(last)),
            all => Self::of_segments(all, None),
        }
    }

    /// Takes a short name apart, in each way that it can be meant: a `v2` at its end is the version of the model
    /// (`deepseek-v3`) or of its release (`claude-3-5-sonnet-v2`).
    fn of_short_name(name: &str) -> Vec<Self> {
        let segments = segments(name);
        match &segments[..] {
            [first @ .., last] if !first.is_empty() && last.contains(':') && is_version(last) => {
                vec![Self::of_segments(first, Some(last))]
            }
            [first @ .., last] if !first.is_empty() && is_version(last) => {
                vec![Self::of_segments(&segments, None), Self::of_segments(first, Some(last))]
            }
            all => vec![Self::of_segments(all, None)],
        }
    }

    fn of_segments(segments: &[&str], release: Option<&str>) -> Self {
        let mut parts = Self { release: release.map(str::to_owned), ..Self::default() };
        let mut rest = segments;
        while let [segment, after @ ..] = rest {
            rest = after;
            match (segment, after) {
                (year, [month, day, others @ ..])
                    if has_digits(year, 4) && has_digits(month, 2) && has_digits(day, 2) =>
                {
                    parts.date = Some([*year, month, day].concat());
                    rest = others;
                }
                (date, _) if has_digits(date, 8) => parts.date = Some((*date).to_owned()),
                (glued, _) if glued.starts_with(|letter: char| letter.is_ascii_alphabetic()) => {
                    let word = glued.trim_end_matches(|letter: char| letter.is_ascii_digit());
                    parts.tokens.push(word.to_owned());
                    parts.tokens.extend(Some(glued[word.len()..].to_owned()).filter(|number| !number.is_empty()));
                }
                (other, _) => parts.tokens.push((*other).to_owned()),
            }
        }
        parts
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(String::as_str).filter(|token| !is_number(token))
    }

    /// The numbers that stand alone, without a month such as `2507`.
    fn version(&self) -> Vec<u32> {
        let numbers = self.tokens.iter().filter(|token| is_number(token) && !is_month(token));
        numbers.filter_map(|token| token.parse().ok()).collect()
    }

    fn month(&self) -> Option<&str> {
        self.tokens.iter().map(String::as_str).find(|token| is_month(token))
    }

    /// The words in alphabetical order: what all models of a family share.
    fn family(&self) -> Vec<&str> {
        let mut words: Vec<_> = self.words().collect();
        words.sort_unstable();
        words
    }

    /// Whether date and release, where this name has them, are those of `id`.
    fn allows_release(&self, id: &Self) -> bool {
        self.date.as_ref().is_none_or(|date| id.date.as_ref() == Some(date))
            && self.release.as_deref().is_none_or(|written| is_release(written, id.release.as_deref()))
    }

    /// Whether this is the whole name of `id`, but for date and release.
    fn is_whole_name_of(&self, id: &Self) -> bool {
        self.tokens == id.tokens && self.allows_release(id)
    }

    /// Whether every word of this name is a word of `id`, and its version, if it has one, is that of `id`.
    fn fits(&self, id: &Self) -> bool {
        let has_version = !self.version().is_empty();
        let is_written = |word: &str| self.words().any(|own| own == word);
        // The `x` of `palmyra-x5` alone names nothing.
        self.words().any(|word| word.len() > 1)
            && self.words().all(|word| id.words().any(|own| own == word))
            && (!has_version || self.version() == id.version())
            && (!has_version || id.words().all(|word| is_written(word) || !VARIANTS.contains(&word)))
            && self.month().is_none_or(|month| id.month() == Some(month))
            && self.allows_release(id)
    }

    /// Whether `id` has no word beyond this name's that would make it another model: only sizes and the like.
    fn is_complete_for(&self, id: &Self) -> bool {
        id.words().all(|word| self.words().any(|own| own == word) || OPTIONAL.contains(&word) || is_size(word))
    }

    /// What tells the newest of a family.
    fn age(&self) -> (Vec<u32>, Option<&str>, Option<&str>, Option<&str>) {
        (self.version(), self.month(), self.date.as_deref(), self.release.as_deref())
    }
}

/// Whether a written release is that of an ID: `v1` is also `v1:0`, and the first release of an ID that names none.
fn is_release(written: &str, own: Option<&str>) -> bool {
    let number = |release: &str| {
        let number = release.strip_prefix('v').unwrap_or(release);
        number.strip_suffix(":0").unwrap_or(number).to_owned()
    };
    let Some(own) = own else { return number(written) == "1" };
    let is_beginning = own.strip_prefix(written).is_some_and(|rest| rest.starts_with(':'));
    is_beginning || number(own) == number(written)
}

fn segments(name: &str) -> Vec<&str> {
    name.split(['-', '.', '_', '@', ' ']).filter(|segment| !segment.is_empty()).collect()
}

/// `2507`: a year and a month, with which some providers name a release.
fn is_month(token: &str) -> bool {
    has_digits(token, 4) && token.starts_with('2') && ("01"..="12").contains(&&token[2..])
}

/// `70b`, `a22b`, `8x7b`: numbers of parameters.
fn is_size(word: &str) -> bool {
    word.ends_with('b')
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_digit() || b"abex".contains(&byte))
}

/// The ID of a known model, taken apart.
#[derive(Clone, Debug)]
pub struct KnownName<'a> {
    /// The ID.
    pub id: &'a str,
    /// The part of the ID before the first dot; empty if it has none.
    pub publisher: &'a str,
    /// The ID without its date and version.
    pub family_key: String,
    parts: Parts,
}

impl<'a> KnownName<'a> {
    /// Takes the ID of a foundation model apart.
    pub fn new(id: &'a str) -> Self {
        let (publisher, name) = id.split_once('.').unwrap_or(("", id));
        Self { id, publisher, family_key: family_key(id), parts: Parts::of_id(name) }
    }
}

/// The models that a short name fits in one of the ways in which it can be meant, newest first, each with its parts and
/// the way that fits.
fn fitting<'n, 'a: 'n>(
    short: &str,
    known: impl Iterator<Item = &'n KnownName<'a>>,
    fits: impl Fn(&Parts, &Parts) -> bool,
) -> Vec<(&'a str, &'n Parts, Parts)> {
    let plain = Parts::of_short_name(short);
    let fitting = |KnownName { id, publisher, parts, .. }: &'n KnownName<'a>| {
        // The publisher may stand before the name: `deepseek-v3`, `Amazon Nova Pro`.
        let rest = short.strip_prefix(publisher).filter(|_| !publisher.is_empty());
        let rest = rest.and_then(|rest| rest.strip_prefix(['-', '_', ' ', '/'])).map(Parts::of_short_name);
        let meant = plain.iter().chain(rest.iter().flatten()).find(|meant| fits(meant, parts))?.clone();
        Some((*id, parts, meant))
    };
    let mut found: Vec<_> = known.filter_map(fitting).collect();
    found.sort_by(|(_, one, _), (_, other, _)| other.age().cmp(&one.age()));
    found
}

/// Returns the models that a short name can be about, so that only they need be looked at more closely.
pub fn related<'n, 'a: 'n>(short: &str, known: impl Iterator<Item = &'n KnownName<'a>>) -> Vec<&'a str> {
    let is_related = |meant: &Parts, parts: &Parts| meant.is_whole_name_of(parts) || meant.fits(parts);
    fitting(short, known, is_related).into_iter().map(|(id, ..)| id).collect()
}

/// Returns the models whose own name, but for publisher, date and release, is `short`, newest first. Dots and hyphens
/// make no difference.
pub fn own_name<'n, 'a: 'n>(short: &str, known: impl Iterator<Item = &'n KnownName<'a>>) -> Vec<&'a str> {
    fitting(short, known, Parts::is_whole_name_of).into_iter().map(|(id, ..)| id).collect()
}

/// Returns the models of the one family that `short` names: each word of it is a word of their IDs, and a version that
/// is written is theirs.
pub fn match_name<'n, 'a: 'n>(short: &str, known: impl Iterator<Item = &'n KnownName<'a>>) -> NameMatch<'a> {
    by_family(fitting(short, known, Parts::fits))
}

/// Returns the models of the one family that these are, such as those of one publisher.
pub fn match_all<'n, 'a: 'n>(known: impl Iterator<Item = &'n KnownName<'a>>) -> NameMatch<'a> {
    let mut found: Vec<_> = known.map(|KnownName { id, parts, .. }| (*id, parts)).collect();
    found.sort_by(|(_, one), (_, other)| other.age().cmp(&one.age()));
    let mut shared = Parts::default();
    if let [(_, first), others @ ..] = &found[..] {
        // The `k` of `kimi-k3` belongs to its version.
        let is_shared =
            |word: &&str| word.len() > 1 && others.iter().all(|(_, parts)| parts.words().any(|other| other == *word));
        shared.tokens = first.words().filter(is_shared).map(str::to_owned).collect();
    }
    by_family(found.into_iter().map(|(id, parts)| (id, parts, shared.clone())).collect())
}

/// Groups models by family. Those that have no word beyond the written ones come alone, unless a name without a version
/// would then lead past a model that is as new: `gpt` is not GPT-5.5 if there is a GPT-6.1 Sol.
fn by_family<'a>(mut found: Vec<(&'a str, &Parts, Parts)>) -> NameMatch<'a> {
    let newest = |is_complete: bool| {
        let of_kind = found.iter().filter(move |(_, parts, meant)| meant.is_complete_for(parts) == is_complete);
        of_kind.map(|(_, parts, _)| parts.version()).max()
    };
    let has_version = found.iter().any(|(_, _, meant)| !meant.version().is_empty());
    let (complete, other) = (newest(true), newest(false));
    if complete.is_some() && (has_version || complete > other) {
        found.retain(|(_, parts, meant)| meant.is_complete_for(parts));
    }
    let mut families: Vec<(Vec<&str>, Vec<&'a str>)> = Vec::new();
    for (id, parts, _) in &found {
        let family = parts.family();
        match families.iter_mut().find(|(known, _)| *known == family) {
            Some((_, ids)) => ids.push(id),
            None => families.push((family, vec![id])),
        }
    }
    let mut families: Vec<_> = families.into_iter().map(|(_, ids)| ids).collect();
    match families.len() {
        0 => NameMatch::None,
        1 => NameMatch::Family(families.remove(0)),
        _ => NameMatch::Several(families),
    }
}

/// Whether a name is that of a publisher: its label in model IDs, or its provider's name with or without what follows
/// the first word (`mistral`, `mistral-ai`). Case and punctuation make no difference.
pub fn is_publisher(name: &str, label: &str, provider: &str) -> bool {
    let name = letters(name);
    !name.is_empty() && letters_of_publisher(label, provider).contains(&name)
}

/// Returns the letters of the names of a publisher.
pub(super) fn letters_of_publisher(label: &str, provider: &str) -> [String; 3] {
    [label, provider, provider.split_whitespace().next().unwrap_or_default()].map(letters)
}

/// Returns the letters and digits of a text, in lower case.
pub(super) fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Returns a short name without the context variant and the `:0` that the model's ID does not have; none if there is
/// nothing to leave out.
pub fn without_suffix(short: &str) -> Option<&str> {
    if let Some((second, _)) = short.match_indices(':').nth(1) {
        return Some(&short[..second]);
    }
    short.strip_suffix(":0").filter(|rest| !rest.is_empty())
}

/// Whether the first word of a short name is a publisher, or a word of some model.
pub fn begins_like<'n, 'a: 'n>(short: &str, mut known: impl Iterator<Item = &'n KnownName<'a>>) -> bool {
    let parts = Parts::of_short_name(short).into_iter().next().unwrap_or_default();
    let Some(first) = parts.words().next() else { return false };
    known.any(|name| name.publisher == first || name.parts.words().any(|word| word == first))
}

/// Whether a short name has a version, which must match.
pub fn has_version(short: &str) -> bool {
    Parts::of_short_name(short).iter().any(|meant| !meant.version().is_empty())
}

/// Returns the short name without its version.
pub fn without_version(short: &str) -> String {
    let parts = Parts::of_short_name(short).pop().unwrap_or_default();
    parts.words().collect::<Vec<_>>().join("-")
}

/// Returns `short` with every word that no model has replaced by the one that it nearly is; none if there is no such
/// word, or one that is like none. One letter may differ, two from six letters on.
pub fn corrected<'n, 'a: 'n>(short: &str, known: &(impl Iterator<Item = &'n KnownName<'a>> + Clone)) -> Option<String> {
    let words = || known.clone().flat_map(|name| name.parts.words());
    let mut tokens = Parts::of_short_name(short).into_iter().next()?.tokens;
    let mut is_changed = false;
    for token in tokens.iter_mut().filter(|token| !is_number(token)) {
        if words().any(|word| word == token) {
            continue;
        }
        let near = words().filter(|word| word.len() > 3).filter_map(|word| Some((edits(token, word)?, word)));
        *token = near.min_by_key(|(edits, _)| *edits)?.1.to_owned();
        is_changed = true;
    }
    is_changed.then(|| tokens.join("-"))
}

/// Returns the edit distance to a word that `written` nearly is: one letter differs, or two in words of six letters or more.
/// A difference in digits is none in letters. Most words are distinguished without computing the distance.
pub(super) fn edits(written: &str, word: &str) -> Option<usize> {
    let most = if word.len() < 6 { 1 } else { 2 };
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    if word.len().abs_diff(written.len()) > most || has_other_letters(written, word, most) {
        return None;
    }
    let edits = strsim::osa_distance(written, word);
    (edits <= most && digits(written) == digits(word)).then_some(edits)
}

/// Whether more than `most` letters of one text are not in the other, so that more than `most` edits lie between them.
pub(super) fn has_other_letters(one: &str, other: &str, most: usize) -> bool {
    // A character beyond ASCII has several bytes, but is one edit.
    let set = |text: &str| text.bytes().filter(u8::is_ascii).fold(0_u64, |set, byte| set | (1 << (byte % 64)));
    let (one, other) = (set(one), set(other));
    (one & !other).count_ones().max((other & !one).count_ones()) as usize > most
}

/// Whether two IDs have the same publisher, date, release and words, in another order or with other punctuation:
/// `anthropic.claude-4-sonnet-20250514-v1:0` is `anthropic.claude-sonnet-4-20250514-v1:0`.
pub fn is_reordered(written: &KnownName<'_>, known: &KnownName<'_>) -> bool {
    let (own, other) = (&written.parts, &known.parts);
    // Most models have another publisher, and most of one publisher have another version.
    !written.publisher.is_empty()
        && written.publisher == known.publisher
        && own.version() == other.version()
        && own.month() == other.month()
        && own.allows_release(other)
        && own.family() == other.family()
}
