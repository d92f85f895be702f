//! Turns the catalogue into typed functions and the icons into an enum, so that a missing string or icon
//! does not compile.

#[path = "build/catalogue.rs"]
mod catalogue;
#[path = "build/emoji.rs"]
mod emoji;
#[path = "build/icons.rs"]
mod icons;

use std::{env, fs, path::PathBuf};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets the manifest directory"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets the output directory"));

    let source = root.join("locales/en.ftl");
    println!("cargo::rerun-if-changed={}", source.display());
    let text = fs::read_to_string(&source).expect("the English catalogue can be read");
    let catalogue = catalogue::pack(&text).unwrap_or_else(|problem| panic!("locales/en.ftl: {problem}"));
    fs::write(out.join("words.rs"), catalogue.functions).expect("the output directory can be written");
    fs::write(out.join("messages.txt"), catalogue.messages).expect("the output directory can be written");

    fs::write(out.join("emoji.txt"), emoji::table()).expect("the output directory can be written");

    let folder = root.join("style/icons");
    println!("cargo::rerun-if-changed={}", folder.display());
    let icons = icons::generate(&folder).unwrap_or_else(|problem| panic!("style/icons: {problem}"));
    fs::write(out.join("icons.rs"), icons).expect("the output directory can be written");
}
