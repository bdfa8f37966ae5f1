//! The formats that Converse takes, and which of them a content is. Reads nothing.

use memchr::memmem;

/// What is accepted, for error messages.
pub const ACCEPTED: &str = "accepted types: images (png, jpeg, gif, webp), documents (pdf, docx, doc, xlsx, xls, csv, html, \
                            txt, md), video (mp4, mov, mkv, webm, flv, mpeg, wmv, 3gp), audio (mp3, m4a, wav, flac, ogg, \
                            opus, aac), and text in UTF-8";

/// The kinds of content, in the order in which they stand before the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Document,
    Image,
    Video,
    Audio,
    Text,
}

/// A format of Converse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    pub kind: Kind,
    /// AWS's name, such as `png`; not sent for text.
    pub name: &'static str,
}

/// The formats: AWS's name, the extensions of files, and the media types of content that is recognised.
const FORMATS: [(Format, &[&str], &[&str]); 30] = [
    (document("csv"), &["csv"], &[]),
    (document("doc"), &["doc"], &[]),
    (document("docx"), &["docx"], &[]),
    (document("html"), &["html", "htm"], &[]),
    (document("md"), &["md", "markdown"], &[]),
    (document("pdf"), &["pdf"], &["application/pdf"]),
    (document("txt"), &["txt"], &[]),
    (document("xls"), &["xls"], &[]),
    (document("xlsx"), &["xlsx"], &[]),
    (image("gif"), &["gif"], &["image/gif"]),
    (image("jpeg"), &["jpeg", "jpg"], &["image/jpeg"]),
    (image("png"), &["png"], &["image/png"]),
    (image("webp"), &["webp"], &["image/webp"]),
    (video("flv"), &["flv"], &["video/x-flv"]),
    (video("mkv"), &["mkv"], &["video/x-matroska"]),
    (video("mov"), &["mov"], &["video/quicktime"]),
    (video("mp4"), &["mp4", "m4v"], &["video/mp4", "video/x-m4v"]),
    (video("mpeg"), &["mpeg"], &["video/mpeg"]),
    (video("mpg"), &["mpg"], &[]),
    (video("three_gp"), &["3gp"], &[]),
    (video("webm"), &["webm"], &["video/webm"]),
    (video("wmv"), &["wmv"], &["video/x-ms-wmv"]),
    (audio("aac"), &["aac"], &["audio/aac"]),
    (audio("flac"), &["flac"], &["audio/x-flac"]),
    (audio("m4a"), &["m4a"], &["audio/m4a"]),
    (audio("mka"), &["mka"], &[]),
    (audio("mp3"), &["mp3"], &["audio/mpeg"]),
    (audio("ogg"), &["ogg", "oga"], &["audio/ogg"]),
    (audio("opus"), &["opus"], &["audio/opus"]),
    (audio("wav"), &["wav"], &["audio/x-wav"]),
];

/// The documents that are text: only the extension distinguishes them from other text.
const TEXT_DOCUMENTS: [&str; 4] = ["csv", "html", "md", "txt"];

/// The first bytes of the old documents of Microsoft Office.
const COMPOUND_FILE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

const fn document(name: &'static str) -> Format {
    Format { kind: Kind::Document, name }
}

const fn image(name: &'static str) -> Format {
    Format { kind: Kind::Image, name }
}

const fn video(name: &'static str) -> Format {
    Format { kind: Kind::Video, name }
}

const fn audio(name: &'static str) -> Format {
    Format { kind: Kind::Audio, name }
}

impl Kind {
    /// Returns its name with an article.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Document => "a document",
            Self::Image => "an image",
            Self::Video => "a video",
            Self::Audio => "audio",
            Self::Text => "text",
        }
    }
}

impl Format {
    /// Returns the format that the extension of a file stands for.
    pub fn of_extension(extension: &str) -> Option<Self> {
        let has_extension = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(extension));
        FORMATS.iter().find(|(_, extensions, _)| has_extension(extensions)).map(|(format, ..)| *format)
    }

    /// Returns the format of a content; `None` if Converse takes no such content.
    pub fn of_content(bytes: &[u8], extension: &str) -> Option<Self> {
        // A PDF can consist of ASCII alone.
        if !bytes.starts_with(b"%PDF-") && is_text(bytes) {
            let by_extension = Self::of_extension(extension).filter(|format| TEXT_DOCUMENTS.contains(&format.name));
            return Some(by_extension.unwrap_or(Self { kind: Kind::Text, name: "text" }));
        }
        Self::of_media(bytes)
    }

    /// Returns the format of a content that is not text; `None` if Converse takes no such content.
    pub fn of_media(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"PK\x03\x04") {
            return of_archive(bytes);
        }
        if bytes.starts_with(COMPOUND_FILE) {
            return of_compound_file(bytes);
        }
        if bytes.get(4..10) == Some(b"ftyp3g") {
            return Some(video("three_gp"));
        }
        let media_type = infer::get(bytes)?.mime_type();
        FORMATS.iter().find(|(.., media_types)| media_types.contains(&media_type)).map(|(format, ..)| *format)
    }

    /// Whether the format is that of text, which can be sent in a text block as well.
    pub fn is_text(self) -> bool {
        self.kind == Kind::Text || TEXT_DOCUMENTS.contains(&self.name)
    }
}

fn is_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok()
}

/// Returns the format of a ZIP archive: the names of its files, which are not compressed, show it.
fn of_archive(bytes: &[u8]) -> Option<Format> {
    memmem::find(bytes, b"[Content_Types].xml")?;
    let places = [("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml")]
        .map(|(name, file)| (memmem::find(bytes, file.as_bytes()), name));
    // A document can hold another one, whose files come later.
    let (_, name) = places.into_iter().filter(|(place, _)| place.is_some()).min()?;
    Some(document(name))
}

/// Returns the format of a compound file: the name of its stream shows it.
fn of_compound_file(bytes: &[u8]) -> Option<Format> {
    let holds = |stream: &str| {
        let name: Vec<u8> = stream.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        memmem::find(bytes, &name).is_some()
    };
    if holds("WordDocument") {
        return Some(document("doc"));
    }
    (holds("Workbook") || holds("Book")).then_some(document("xls"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(bytes: &[u8], extension: &str) -> Option<(Kind, &'static str)> {
        Format::of_content(bytes, extension).map(|format| (format.kind, format.name))
    }

    #[test]
    fn the_content_decides_whatever_the_extension() {
        let riff = |kind: &[u8]| [b"RIFF\x24\0\0\0", kind, b"VP8 "].concat();
        let container = |brand: &[u8]| [b"\0\0\0\x18ftyp", brand, b"\0\0\0\0"].concat();
        for (bytes, kind, name) in [
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), Kind::Image, "png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec(), Kind::Image, "jpeg"),
            (b"GIF89a\x01\0\x01\0\x80\0\0".to_vec(), Kind::Image, "gif"),
            (riff(b"WEBP"), Kind::Image, "webp"),
            (riff(b"WAVE"), Kind::Audio, "wav"),
            (b"%PDF-1.4\nall of it is ASCII".to_vec(), Kind::Document, "pdf"),
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3".to_vec(), Kind::Document, "pdf"),
            (container(b"isom"), Kind::Video, "mp4"),
            (container(b"qt  "), Kind::Video, "mov"),
            (container(b"M4A "), Kind::Audio, "m4a"),
            (container(b"3gp4"), Kind::Video, "three_gp"),
            (b"ID3\x04\0\0\0\0\0\0".to_vec(), Kind::Audio, "mp3"),
            (b"fLaC\0\0\0\x22".to_vec(), Kind::Audio, "flac"),
            (b"FLV\x01\x05\0\0\0\x09".to_vec(), Kind::Video, "flv"),
        ] {
            assert_eq!(of(&bytes, "txt"), Some((kind, name)), "{name}");
        }
    }

    #[test]
    fn the_extension_decides_among_texts() {
        for (extension, expected) in [
            ("csv", (Kind::Document, "csv")),
            ("MD", (Kind::Document, "md")),
            ("htm", (Kind::Document, "html")),
            ("txt", (Kind::Document, "txt")),
            ("rs", (Kind::Text, "text")),
            ("json", (Kind::Text, "text")),
            ("", (Kind::Text, "text")),
        ] {
            assert_eq!(of(b"GIFs are text: gr\xc3\xbc\xc3\x9fe", extension), Some(expected), "{extension}");
        }
    }

    #[test]
    fn documents_of_office_are_recognised_by_what_is_in_them() {
        let archive = |files: &[&str]| [b"PK\x03\x04\x14\0".as_slice(), files.join("\0").as_bytes()].concat();
        let parts = "[Content_Types].xml";
        assert_eq!(of(&archive(&[parts, "word/document.xml"]), ""), Some((Kind::Document, "docx")));
        assert_eq!(of(&archive(&["docProps/app.xml", parts, "xl/workbook.xml"]), ""), Some((Kind::Document, "xlsx")));
        let nested = archive(&[parts, "word/document.xml", "word/embeddings/a.xlsx", "xl/workbook.xml"]);
        assert_eq!(of(&nested, "xlsx"), Some((Kind::Document, "docx")));
        for other in [&[parts, "ppt/presentation.xml"][..], &["a.txt"], &["mimetype", "word/document.xml"]] {
            assert_eq!(of(&archive(other), "docx"), None, "{other:?}");
        }
        let compound = |stream: &str| {
            let name = stream.encode_utf16().chain([0, 0]).flat_map(u16::to_le_bytes);
            COMPOUND_FILE.iter().copied().chain([0; 40]).chain(name).collect::<Vec<_>>()
        };
        assert_eq!(of(&compound("WordDocument"), ""), Some((Kind::Document, "doc")));
        assert_eq!(of(&compound("Workbook"), ""), Some((Kind::Document, "xls")));
        assert_eq!(of(&compound("Powerpoint Document"), "doc"), None);
    }

    #[test]
    fn other_content_is_not_accepted() {
        for bytes in [b"MZ\x90\0".as_slice(), b"BM\x36\0\0\0", b"\x7fELF\x02\0", b"gr\xfc\xdfe", b"a\0b", b"II*\0"] {
            assert_eq!(of(bytes, "png"), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_content_is_a_fault(
            start in prop::sample::select(vec![
                "", "PK\u{3}\u{4}", "\0\0\0\u{18}ftyp", "\0\0\0\u{18}ftypheic", "RIFF", "\u{1a}E", "OggS", "MZ", "BM", "ID3", "%PDF-",
            ]),
            rest in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            let bytes = [start.as_bytes(), &rest].concat();
            for length in 0..bytes.len().min(64) {
                let _ = (Format::of_content(&bytes[..length], "png"), infer::get(&bytes[..length]));
            }
            let _ = (Format::of_content(&bytes, ""), infer::get(&bytes));
        }
    }
}
