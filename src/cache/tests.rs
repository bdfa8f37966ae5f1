//! Tests of the cache: what it stores, ignores, replaces and never shows.

use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use bedrock_ask::diagnosis::ParameterFix;
use bedrock_ask::model::routing::Routing;

const NOW: u64 = 1_795_000_000;
const REGION: &str = "us-east-1";

fn text(account: &str) -> String {
    format!(
        "# as of 2026-11-20\n# region {REGION}\n# account {account}\n\n# application inference profiles\n\n# foundation models\n"
    )
}

fn cache() -> (TempDir, Cache) {
    let directory = tempfile::tempdir().unwrap();
    let cache = Cache::new(Some(directory.path()), &Key::from_profile("dev"));
    (directory, cache)
}

fn catalog_file(directory: &TempDir) -> PathBuf {
    directory.path().join("profile-dev/us-east-1.catalog")
}

#[test]
fn what_was_kept_is_read_back_and_nothing_is_there_before() {
    let (directory, cache) = cache();
    assert_eq!(cache.catalog(REGION), Ok(None));
    assert!(!directory.path().join("profile-dev").exists());
    cache.store_catalog(REGION, &text("111122223333"), NOW).unwrap();
    assert_eq!(cache.catalog(REGION), Ok(Some(CachedCatalog { text: text("111122223333"), written: NOW })));
    assert_eq!(cache.catalog("us-east-2"), Ok(None));
    assert_eq!(cache.regions(), [REGION]);
    assert_eq!(fs::read_dir(directory.path().join("profile-dev")).unwrap().count(), 1);
}

#[test]
fn a_catalog_is_fresh_until_its_time_to_live_and_never_without_one() {
    let cached = CachedCatalog { text: String::new(), written: NOW };
    let day = Duration::from_hours(24);
    assert!(cached.is_fresh(NOW, day) && cached.is_fresh(NOW + 86_399, day));
    assert!(!cached.is_fresh(NOW + 86_400, day));
    assert!(!cached.is_fresh(NOW, Duration::ZERO));
    // A clock that runs a little behind does no harm; one that ran far ahead would make it fresh for ever.
    assert!(cached.is_fresh(NOW - 60, day) && !cached.is_fresh(NOW - 3600, day));
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, cache) = cache();
    cache.store_catalog(REGION, &text("111122223333"), NOW).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&catalog_file(&directory)), 0o600);
    assert_eq!(mode(&directory.path().join("profile-dev")), 0o700);
}

#[test]
fn a_file_that_is_damaged_foreign_or_from_the_future_is_ignored_with_a_warning_and_replaced() {
    let (directory, cache) = cache();
    cache.store_catalog(REGION, &text("111122223333"), NOW).unwrap();
    let path = catalog_file(&directory);
    let whole = fs::read_to_string(&path).unwrap();
    let future = whole.replacen("catalog 1 ", "catalog 2 ", 1);
    let learned = whole.replacen(" catalog ", " lessons ", 1);
    let truncated = &whole[..whole.len() - 3];
    for (content, what) in [
        (truncated, "is damaged and ignored"),
        ("", "is damaged and ignored"),
        ("something else\nentirely\n", "is damaged and ignored"),
        (learned.as_str(), "is damaged and ignored"),
        (future.as_str(), "was written by a newer version and is ignored"),
    ] {
        fs::write(&path, content).unwrap();
        let error = cache.catalog(REGION).unwrap_err();
        assert!(error.is_damaged && error.to_string().ends_with(what), "{error}");
        cache.store_catalog(REGION, &text("111122223333"), NOW).unwrap();
        assert!(cache.catalog(REGION).unwrap().is_some());
    }
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(cache.catalog(REGION).unwrap_err().is_damaged);
    fs::rename(&path, path.with_file_name("us-east-2.catalog")).unwrap();
    cache.store_catalog(REGION, &text("111122223333"), NOW).unwrap();
    fs::copy(&path, path.with_file_name("us-east-2.catalog")).unwrap();
    assert!(cache.catalog("us-east-2").is_err(), "another Region's file under this name");
}

#[test]
fn another_account_under_the_same_name_drops_what_the_first_left() {
    let (_directory, cache) = cache();
    let other = |region: &str| text("111122223333").replace(REGION, region);
    cache.store_catalog("eu-west-1", &other("eu-west-1"), NOW).unwrap();
    let id = LearnedId { id: "eu.x.y".to_owned(), routing: Routing::Geographic };
    cache.save_learned_id("eu-west-1", "x.y", &id, NOW).unwrap();
    cache.store_catalog(REGION, &text("444455556666"), NOW).unwrap();
    assert_eq!(cache.regions(), [REGION]);
    assert_eq!(cache.learned_id("eu-west-1", "x.y", NOW), None);
}

#[test]
fn a_reminder_is_due_once_a_day_and_never_where_it_cannot_be_marked() {
    const DAY: u64 = 24 * 60 * 60;
    let (directory, _cache) = cache();
    let is_due = |now| mark_reminder(directory.path(), now);
    assert!(is_due(NOW) && !is_due(NOW) && !is_due(NOW + DAY - 1));
    assert!(is_due(NOW + DAY) && !is_due(NOW + DAY + 1));
    assert!(is_due(NOW - DAY), "the mark is from the future");
    fs::write(directory.path().join("catalog.reminder"), "damaged").unwrap();
    assert!(is_due(NOW) && !is_due(NOW));
    let file = directory.path().join("catalog.reminder");
    assert!(!mark_reminder(&file, NOW), "a file is no folder");
}

#[test]
fn facts_are_remembered_for_a_month_each_for_its_own_model() {
    let (_directory, cache) = cache();
    let id = LearnedId { id: "us.x.y".to_owned(), routing: Routing::Geographic };
    let fixes = [
        ParameterFix::Drop("inferenceConfig.temperature".to_owned()),
        ParameterFix::DropSystem,
        ParameterFix::NoStreaming,
        ParameterFix::ClampMaxTokens(4096),
    ];
    cache.save_learned_id(REGION, "x.y", &id, NOW).unwrap();
    for fix in &fixes {
        cache.save_fix(REGION, "us.x.y", fix, NOW).unwrap();
        cache.save_fix(REGION, "us.x.y", fix, NOW).unwrap();
    }
    cache.save_fix(REGION, "us.x.z", &ParameterFix::DropSystem, NOW).unwrap();
    assert_eq!(cache.learned_id(REGION, "x.y", NOW), Some(id.clone()));
    assert_eq!(cache.fixes(REGION, "us.x.y", NOW), fixes);
    assert_eq!(cache.fixes(REGION, "us.x.z", NOW), [ParameterFix::DropSystem]);
    let later = NOW + 30 * 86_400;
    assert_eq!((cache.learned_id(REGION, "x.y", later), cache.fixes(REGION, "us.x.y", later)), (None, vec![]));
    // A newer limit replaces the older one, and a newer ID the older.
    cache.save_fix(REGION, "us.x.y", &ParameterFix::ClampMaxTokens(8192), NOW).unwrap();
    assert_eq!(cache.fixes(REGION, "us.x.y", NOW).last(), Some(&ParameterFix::ClampMaxTokens(8192)));
    assert_eq!(cache.fixes(REGION, "us.x.y", NOW).len(), 4);
    let newer = LearnedId { id: "global.x.y".to_owned(), routing: Routing::Global };
    cache.save_learned_id(REGION, "x.y", &newer, NOW).unwrap();
    assert_eq!(cache.learned_id(REGION, "x.y", NOW), Some(newer));
}

#[test]
fn a_new_catalog_forgets_ids_and_keeps_fixes() {
    let (_directory, cache) = cache();
    let id = LearnedId { id: "us.x.y".to_owned(), routing: Routing::Geographic };
    cache.save_learned_id(REGION, "x.y", &id, NOW).unwrap();
    cache.save_fix(REGION, "us.x.y", &ParameterFix::DropSystem, NOW).unwrap();
    cache.store_catalog(REGION, &text("111122223333"), NOW).unwrap();
    assert_eq!(cache.learned_id(REGION, "x.y", NOW), None);
    assert_eq!(cache.fixes(REGION, "us.x.y", NOW), [ParameterFix::DropSystem]);
}

#[test]
fn any_input_is_remembered_as_it_was_written() {
    let (_directory, cache) = cache();
    for (input, id) in [("x\ty", "a"), ("x", "a\nb"), ("\"", "a")] {
        let id = LearnedId { id: id.to_owned(), routing: Routing::Global };
        cache.save_learned_id(REGION, input, &id, NOW).unwrap();
        assert_eq!(cache.learned_id(REGION, input, NOW), Some(id));
    }
}

#[test]
fn learned_facts_of_an_older_version_are_ignored_and_replaced() {
    let (directory, cache) = cache();
    let id = LearnedId { id: "us.x.y".to_owned(), routing: Routing::Geographic };
    cache.save_learned_id(REGION, "x.y", &id, NOW).unwrap();
    let path = catalog_file(&directory).with_extension("lessons");
    let current = fs::read_to_string(&path).unwrap();
    fs::write(&path, current.replacen("lessons 2 ", "lessons 1 ", 1)).unwrap();
    assert_eq!(cache.learned_id(REGION, "x.y", NOW), None);
    cache.save_learned_id(REGION, "x.y", &id, NOW).unwrap();
    assert_eq!(cache.learned_id(REGION, "x.y", NOW), Some(id));
}

#[test]
fn the_names_of_folders_say_nothing_secret_and_stay_inside_the_directory() {
    assert_eq!(Key::from_profile("my dev/../x").as_str(), "profile-my%20dev%2F..%2Fx");
    assert_eq!(Key::from_profile(&"x".repeat(300)).as_str().len(), "profile-".len() + 16);
    let key = Key::from_api_key("ABSK-secret");
    assert!(key.as_str().starts_with("key-") && !key.as_str().contains("ABSK"), "{key:?}");
    assert_ne!(Key::from_access_key_id("AKIA1"), Key::from_access_key_id("AKIA2"));
    assert_ne!(Key::from_access_key_id("A").with_endpoint("http://127.0.0.1:1"), Key::from_access_key_id("A"));
}

#[test]
fn without_a_directory_nothing_is_kept_and_nothing_fails() {
    let cache = Cache::new(None, &Key::from_profile("dev"));
    cache.store_catalog(REGION, &text("111122223333"), NOW).unwrap();
    cache.save_fix(REGION, "us.x.y", &ParameterFix::DropSystem, NOW).unwrap();
    assert_eq!((cache.catalog(REGION), cache.regions()), (Ok(None), vec![]));
}

#[cfg(unix)]
#[test]
fn a_link_in_the_files_place_is_replaced_and_what_is_no_file_is_not_opened() {
    let (directory, cache) = cache();
    let path = catalog_file(&directory);
    cache.store_catalog(REGION, &text("111122223333"), NOW).unwrap();
    let elsewhere = directory.path().join("elsewhere");
    fs::write(&elsewhere, "precious").unwrap();
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    cache.store_catalog(REGION, &text("111122223333"), NOW).unwrap();
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
    assert!(cache.catalog(REGION).unwrap().is_some());
    for place in ["/dev/zero", "/"] {
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(place, &path).unwrap();
        assert!(!cache.catalog(REGION).unwrap_err().is_damaged);
    }
}

#[test]
fn processes_that_write_at_once_leave_one_whole_file() {
    // Windows may deny access to a file that another process uses, which costs a note.
    fn is_whole(result: &Result<(), CacheError>) {
        assert!(result.as_ref().map_or_else(|error| cfg!(windows) && !error.is_damaged, |()| true), "{result:?}");
    }
    let (_directory, cache) = cache();
    std::thread::scope(|scope| {
        for writer in 0..8_u64 {
            let cache = &cache;
            scope.spawn(move || {
                for round in 0..20 {
                    let account = format!("{:012}", writer % 2);
                    let long = format!("{}x.y{}\n", text(&account), "z".repeat(10_000));
                    is_whole(&cache.store_catalog(REGION, &long, NOW + round));
                    is_whole(&cache.save_fix(REGION, "us.x.y", &ParameterFix::DropSystem, NOW));
                    // Between one account's removal and the other's writing there may be none, but never half a one.
                    is_whole(&cache.catalog(REGION).map(drop));
                }
            });
        }
    });
    assert!(cache.catalog(REGION).unwrap().is_some());
}

#[test]
fn clearing_removes_only_what_the_program_wrote() {
    let (directory, cache) = cache();
    cache.store_catalog(REGION, &text("111122223333"), NOW).unwrap();
    cache.save_fix(REGION, "us.x.y", &ParameterFix::DropSystem, NOW).unwrap();
    cache.store_catalog("eu-west-1", &text("111122223333").replace(REGION, "eu-west-1"), NOW).unwrap();
    fs::create_dir(directory.path().join("other")).unwrap();
    fs::write(directory.path().join("other/us-east-1.catalog"), "x").unwrap();
    fs::write(directory.path().join("profile-dev/notes.txt"), "x").unwrap();
    assert_eq!(clear(directory.path(), Some("eu-west-1")), Ok(1));
    assert_eq!(clear(directory.path(), None), Ok(2));
    assert!(directory.path().join("profile-dev/notes.txt").exists());
    assert!(directory.path().join("other/us-east-1.catalog").exists());
    assert_eq!(clear(&directory.path().join("nowhere"), None), Ok(0));
}
