//! HTML and text to nodes.

use insta::assert_snapshot;
use trellis_model::rich_text::{Node, RichText};

fn html(text: &str) -> String {
    draw(&RichText::from_html(text).0)
}

fn plain(text: &str) -> String {
    draw(&RichText::from_plain(text).0)
}

/// The nodes in short: `strong[text]`.
fn draw(nodes: &[Node]) -> String {
    nodes.iter().map(draw_node).collect::<Vec<_>>().join(" ")
}

fn draw_node(node: &Node) -> String {
    let list = |items: &[Vec<Node>]| items.iter().map(|item| draw(item)).collect::<Vec<_>>().join(" | ");
    match node {
        Node::Text(text) => format!("{text:?}"),
        Node::LineBreak => "br".to_owned(),
        Node::Paragraph(children) => format!("p[{}]", draw(children)),
        Node::Heading { level, children } => format!("h{level}[{}]", draw(children)),
        Node::Emphasis(children) => format!("em[{}]", draw(children)),
        Node::Strong(children) => format!("strong[{}]", draw(children)),
        Node::Quote(children) => format!("quote[{}]", draw(children)),
        Node::Code(code) => format!("code[{code}]"),
        Node::CodeBlock { language, code } => format!("pre {language:?}[{code}]"),
        Node::List { start, items } => format!("list {start:?}[{}]", list(items)),
        Node::Table { head, rows } => {
            format!("table[{}][{}]", list(head), rows.iter().map(|row| list(row)).collect::<Vec<_>>().join(" / "))
        }
        Node::Spoiler { reason, children } => format!("spoiler {reason:?}[{}]", draw(children)),
        Node::Details { summary, children } => format!("details[{}][{}]", draw(summary), draw(children)),
        Node::Link { url, children } => format!("link {url}[{}]", draw(children)),
        Node::Pill { target, label } => format!("pill {target:?}[{label}]"),
        other => format!("{other:?}"),
    }
}

#[test]
fn known_elements_become_nodes() {
    assert_snapshot!(html("<p>a <b>bold</b> and <em>soft</em></p>"), @r#"p["a " strong["bold"] " and " em["soft"]]"#);
    assert_snapshot!(html("<h2>x</h2>y<br/>z<hr>"), @r#"h2["x"] "y" br "z" Rule"#);
    assert_snapshot!(html("<blockquote><p>q</p></blockquote>after"), @r#"quote[p["q"]] "after""#);
    assert_snapshot!(html("<ol start=3><li>a<li>b</ol><ul><li><p>c</p></li></ul>"), @r#"list Some(3)["a" | "b"] list None[p["c"]]"#);
    assert_snapshot!(html("<pre><code class=\"language-rust\">fn  x() {\n}\n</code></pre>"), @r#"
    pre Some("rust")[fn  x() {
    }]
    "#);
    assert_snapshot!(html("a <code>b  c</code>"), @r#""a " code[b c]"#);
    assert_snapshot!(html("<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"), @r#"table["A" | "B"]["1" | "2"]"#);
    assert_snapshot!(html("<details><summary>s</summary>inside</details>"), @r#"details["s"]["inside"]"#);
    assert_snapshot!(html("<span data-mx-spoiler=\"why\">x</span><span data-mx-spoiler>y</span>"), @r#"spoiler Some("why")["x"] spoiler None["y"]"#);
    assert_snapshot!(html("<font data-mx-color=\"#ff0000\">r</font><font color=\"red\">s</font>"), @r##"Colored { color: Some("#ff0000"), background: None, children: [Text("r")] } "s""##);
    assert_snapshot!(html("<span data-mx-maths=\"x^2\"><code>x</code></span>"), @r#"Math { block: false, source: "x^2" }"#);
}

#[test]
fn of_other_elements_only_the_text_stays() {
    assert_snapshot!(html("<blink onclick='x()'>a</blink><marquee>b</marquee>"), @r#""ab""#);
    assert_snapshot!(html("<script>alert('<b>1</b>')</script>a<style>b{}</style><!-- c -->"), @r#""a""#);
    assert_snapshot!(html("a &lt;b&gt; &amp; &eacute;"), @r#""a <b> & é""#);
}

#[test]
fn the_quote_of_an_old_reply_is_left_out() {
    assert_snapshot!(html("<mx-reply><blockquote><a href=\"x\">In reply</a></blockquote></mx-reply>answer"), @r#""answer""#);
}

#[test]
fn links_have_a_scheme_that_may_be_followed() {
    assert_snapshot!(html("<a href=\"https://x.y/z\">l</a>"), @r#"link https://x.y/z["l"]"#);
    assert_snapshot!(html("<a href=\"javascript:alert(1)\">l</a> <a href=\" JaVaScript:x\">m</a> <a href=\"data:text/html,x\">n</a> <a href=\"/x\">o</a>"), @r#""l m n o""#);
}

#[test]
fn links_into_matrix_are_pills() {
    assert_snapshot!(html("<a href=\"https://matrix.to/#/@bob:x.y\">Bob</a>"), @r#"pill User("@bob:x.y")[Bob]"#);
    assert_snapshot!(html("<a href=\"matrix:r/room:x.y\">a room</a>"), @r##"pill Room("#room:x.y")[a room]"##);
    assert_snapshot!(html("<a href=\"https://matrix.to/#/!r:x.y/$e?via=x.y\">that</a>"), @r#"pill Event("!r:x.y", "$e")[that]"#);
}

#[test]
fn images_come_from_the_content_repository_only() {
    assert_snapshot!(html("<img src=\"mxc://x/1\" alt=\":cat:\" data-mx-emoticon height=32>"), @r#"Image { uri: "mxc://x/1", alt: ":cat:", emoticon: true, width: None, height: Some(32) }"#);
    assert_snapshot!(html("<img src=\"https://spy/1.png\" alt=\"cat\">"), @r#""cat""#);
}

#[test]
fn depth_is_bounded() {
    let bomb = format!("{}x{}y", "<b>".repeat(20_000), "</b>".repeat(20_000));
    let mut nodes = RichText::from_html(&bomb).0;
    let mut depth = 0;
    while let Some(Node::Strong(children)) = nodes.into_iter().next() {
        depth += 1;
        nodes = children;
    }

    assert_eq!(depth, 100);
    assert_eq!(RichText::from_html(&bomb).to_plain(), "xy");
}

#[test]
fn unclosed_and_misnested_elements_do_no_harm() {
    assert_snapshot!(html("<b>a<i>b</b>c</i></p></b>"), @r#"strong["a" em["b"]] "c""#);
    assert_snapshot!(html("<li>alone</li><td>cell"), @r#"p["alone"] p["cell"]"#);
    assert_snapshot!(html("<p>a<p>b"), @r#"p["a"] p["b"]"#);
    assert_snapshot!(html("<"), @r#""<""#);
}

#[test]
fn addresses_in_text_are_links() {
    assert_snapshot!(plain("see https://x.y/a_(b)?c=d, or (http://x.y)."), @r#""see " link https://x.y/a_(b)?c=d["https://x.y/a_(b)?c=d"] ", or (" link http://x.y["http://x.y"] ").""#);
    assert_snapshot!(plain("www.x.y and mailto:a@b.c and nothttps://x"), @r#"link https://www.x.y["www.x.y"] " and " link mailto:a@b.c["mailto:a@b.c"] " and nothttps://x""#);
    assert_snapshot!(plain("@bob:x.y in #room:x.y, a@b.c"), @r##"pill User("@bob:x.y")[@bob:x.y] " in " pill Room("#room:x.y")[#room:x.y] ", a@b.c""##);
    assert_snapshot!(plain("https:// http://. é@ü"), @r#""https:// http://. é@ü""#);
    assert_snapshot!(html("<b>https://x.y</b> <code>https://x.y</code>"), @r#"strong[link https://x.y["https://x.y"]] " " code[https://x.y]"#);
}

#[test]
fn lines_of_plain_text_stay_lines() {
    assert_snapshot!(plain("a\n\n <b>b</b>\n"), @r#""a" br br " <b>b</b>""#);
}

#[test]
fn a_message_that_mentions_everyone_has_a_pill() {
    let text = RichText::from_plain("hey @room, not @roommate").with_room_mention();
    assert_snapshot!(draw(&text.0), @r#""hey " pill EveryoneInRoom[@room] ", not @roommate""#);
}

#[test]
fn emoji_alone_are_told_from_text() {
    let is_emoji = |text: &str| RichText::from_plain(text).is_emoji_only();
    for text in ["🎉", "👍🏽 👨‍👩‍👧", "🇩🇪🇫🇷", "1️⃣", "❤️", "⚙️ ☕"] {
        assert!(is_emoji(text), "{text}");
    }
    for text in ["", "a", "🎉!", "1", "🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉", "#"] {
        assert!(!is_emoji(text), "{text}");
    }
}
