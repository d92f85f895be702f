//! One enum variant for each SVG in `style/icons`, drawn as one path.

use std::{fs, path::Path};

/// The enum `Icon`, as Rust source.
pub(crate) fn generate(folder: &Path) -> Result<String, String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            files.push(path);
        }
    }
    files.sort();

    let (mut variants, mut paths) = (String::new(), String::new());
    for file in files {
        let name = file.file_stem().and_then(|stem| stem.to_str()).ok_or("a file name is not text")?;
        let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
        let path = path(&text).ok_or_else(|| format!("{name} has a shape that is not understood"))?;
        let variant = pascal(name);
        variants += &format!("    /// `{name}`\n    {variant},\n");
        paths += &format!("            Self::{variant} => \"{path}\",\n");
    }
    Ok(format!(
        "/// An icon of the set.\n#[derive(Debug, Clone, Copy, PartialEq, Eq)]\npub enum Icon {{\n{variants}}}\n\n\
         impl Icon {{\n    /// Its outline on a grid of 24 by 24.\n    pub(crate) fn path(self) -> &'static str {{\n        \
         match self {{\n{paths}        }}\n    }}\n}}\n"
    ))
}

/// All shapes of an SVG as one path.
fn path(text: &str) -> Option<String> {
    let start = text.find("<svg")?;
    let open = start + text.get(start..)?.find('>')? + 1;
    let body = text.get(open..text.rfind("</svg>")?)?;
    body.split('<').map(str::trim).filter(|shape| !shape.is_empty()).map(shape).collect()
}

/// One shape as a path. Each begins at the origin, so that a relative first command means what it meant alone.
fn shape(text: &str) -> Option<String> {
    let n = |name: &str| attribute(text, name).and_then(|value| value.parse::<f64>().ok());
    let (tag, _) = text.split_once(char::is_whitespace)?;
    Some(match tag {
        "path" => format!("M0 0{}", attribute(text, "d")?),
        "circle" => ellipse(n("cx")?, n("cy")?, n("r")?, n("r")?),
        "ellipse" => ellipse(n("cx")?, n("cy")?, n("rx")?, n("ry")?),
        "line" => format!("M{} {}L{} {}", n("x1")?, n("y1")?, n("x2")?, n("y2")?),
        "polyline" => format!("M{}", attribute(text, "points")?),
        "polygon" => format!("M{}z", attribute(text, "points")?),
        "rect" => {
            let (x, y, width, height) = (n("x").unwrap_or(0.0), n("y").unwrap_or(0.0), n("width")?, n("height")?);
            let r = n("rx").or_else(|| n("ry")).unwrap_or(0.0);
            let (w, h) = (width - 2.0 * r, height - 2.0 * r);
            format!(
                "M{} {y}h{w}a{r} {r} 0 0 1 {r} {r}v{h}a{r} {r} 0 0 1 -{r} {r}h-{w}a{r} {r} 0 0 1 -{r} -{r}v-{h}a{r} {r} 0 0 1 {r} -{r}z",
                x + r
            )
        }
        _ => return None,
    })
}

fn ellipse(cx: f64, cy: f64, rx: f64, ry: f64) -> String {
    format!("M{} {cy}a{rx} {ry} 0 1 0 {} 0a{rx} {ry} 0 1 0 -{} 0z", cx - rx, 2.0 * rx, 2.0 * rx)
}

fn attribute<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, after) = text.split_once(&format!(" {name}=\""))?;
    after.split_once('"').map(|(value, _)| value)
}

fn pascal(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
        })
        .collect()
}
