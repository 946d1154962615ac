package tools

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// signal is a wording and what it means to an admin.
type signal struct {
	expression *regexp.Regexp // over what plain gives
	finding    string
	code       FlagCode
}

// wordings are what descriptions of tools do not need to say, and what those who
// want to take over a model do say. They are a reason to look, not a proof.
var wordings = []signal{
	{
		regexp.MustCompile(`\b(ignore|disregard|forget|override|bypass)\b.{0,30}\b(previous|prior|above|earlier|all|any|other|your|system|safety)\b.{0,20}\b(instruction|instructions|prompt|prompts|rule|rules|guideline|guidelines|context|message|messages)\b`),
		"The text tells the model to ignore its instructions.",
		FlagInstructions,
	},
	{
		regexp.MustCompile(`\b(do not|don't|dont|never|without)\b.{0,20}\b(tell|telling|mention|mentioning|reveal|revealing|inform|informing|notify|notifying|show|showing|alert|alerting|ask|asking)\b.{0,15}\b(the )?(user|users|person|human|customer|anyone|anybody)\b`),
		"The text tells the model to keep something from the person.",
		FlagInstructions,
	},
	{
		regexp.MustCompile(`\b(hide|conceal|keep)\b.{0,30}\b(from the user|from users|secret from|from the human)\b`),
		"The text tells the model to keep something from the person.",
		FlagInstructions,
	},
	{
		regexp.MustCompile(`\b(before|after|whenever|prior to)\b.{0,15}\b(using|calling|invoking|running|executing|use|call)\b.{0,15}\b(this|any|every|each|all|other|another)\b.{0,15}\b(tool|tools|function|functions)\b`),
		"The text tells the model what to do around calls of this or of other tools.",
		FlagInstructions,
	},
	{
		regexp.MustCompile(`\b(you must|you have to|must first|must always|always)\b.{0,40}\b(call|invoke|run|execute)\b|\b(you must|always) use this\b`),
		"The text gives the model orders. A definition describes; it does not need to command.",
		FlagInstructions,
	},
	{
		regexp.MustCompile(`\b(instead of|rather than|prefer this (tool )?(over|to)|do not use)\b.{0,30}\b(tool|tools|function|functions)\b`),
		"The text speaks about other tools.",
		FlagInstructions,
	},
	{
		regexp.MustCompile(`\b(system prompt|system message|system instruction|system instructions|developer message|chain of thought|hidden instruction|hidden instructions)\b`),
		"The text speaks about the model's own instructions.",
		FlagInstructions,
	},
	{
		regexp.MustCompile(`\b(send|forward|post|upload|include|pass|append|copy|exfiltrate|transmit|leak|read|provide|attach|put)\b.{0,60}\b(password|passwords|api key|api keys|apikey|secret|secrets|token|tokens|credential|credentials|private key|private keys|ssh key|ssh keys|access key|access keys|cookie|cookies|environment variables|conversation|chat history|conversation history|previous messages|context window)\b`),
		"The text asks for secrets, or for what was said before.",
		FlagInstructions,
	},
	{
		regexp.MustCompile(`(~/\.(ssh|aws|azure|kube|gnupg|netrc)|\bid_(rsa|ed25519|ecdsa)\b|/etc/(passwd|shadow)|\.env\b|mcp\.json|claude_desktop_config|\.cursor/)`),
		"The text names files that hold secrets or configuration.",
		FlagInstructions,
	},
	{
		regexp.MustCompile(`\b(you are (now|a|an)|act as|pretend (to be|you|that)|from now on|new instructions?:|jailbreak)\b`),
		"The text tells the model who to be.",
		FlagInstructions,
	},
}

// forms are what text may look like where a sentence is expected.
var forms = []signal{
	{regexp.MustCompile(`\s{100}`), "The text holds a long run of white space, behind which something may stand that is not looked at.", FlagHidden},
	{regexp.MustCompile(`<!--`), "The text holds a comment of markup, which is not shown where markup is.", FlagMarkup},
	{regexp.MustCompile(`(?i)</?(important|instructions?|system|assistant|user|human|prompt|secret|admin|tool|function|hidden|rules?)\b[^>]{0,80}>`), "The text holds tags that look like parts of a prompt.", FlagMarkup},
	{regexp.MustCompile(`(?i)</?(script|iframe|img|svg|style|object|embed|link|meta|form|a|div|span|details|template|b|i|u|s|p|br|hr|em|strong|small|sub|sup|font|center|pre|h[1-6]|ul|ol|li|tr|td|th|blockquote|button|video|audio|html)\b[^>]{0,200}>`), "The text holds markup.", FlagMarkup},
	{regexp.MustCompile(`(?i)\[/?(inst|system)\]|<\|[a-z_]{1,30}\|>|<<sys>>|^(###? ?)?(system|assistant|human|user):`), "The text holds marks by which models tell who speaks.", FlagMarkup},
	{regexp.MustCompile(`!\[[^\]]{0,200}\]\([^)]{0,300}\)`), "The text holds an image, which is loaded when it is shown.", FlagMarkup},
	{regexp.MustCompile(`(?i)\b(javascript|vbscript):`), "The text holds a link that runs a script.", FlagMarkup},
	{regexp.MustCompile(`(^|[^A-Za-z0-9+/=,;:])[A-Za-z0-9+/]{120,}={0,2}`), "The text holds something that looks encoded.", FlagEncoded},
	{regexp.MustCompile(`(\\x[0-9A-Fa-f]{2}){8,}|(\\u[0-9A-Fa-f]{4}){6,}|(%[0-9A-Fa-f]{2}){12,}`), "The text holds something that looks encoded.", FlagEncoded},
}

// plain returns a text in lower case, without what one cannot see, and with
// single spaces, whatever the style of its letters: instructions are recognized however they are spread.
func plain(text string) string {
	var b strings.Builder
	space := false
	for _, r := range strings.ToLower(norm.NFKC.String(text)) {
		switch {
		case isInvisible(r), isBidi(r), isTag(r), isSelector(r), r == '\u200d':
			continue
		case unicode.IsSpace(r), r == '_', r == '*':
			space = b.Len() > 0
			continue
		case r == '’':
			r = '\''
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isBidi(r rune) bool {
	return r == '\u061c' || r == '\u200e' || r == '\u200f' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

func isTag(r rune) bool { return 0xE0000 <= r && r <= 0xE007F }

func isSelector(r rune) bool { return 0xFE00 <= r && r <= 0xFE0F || 0xE0100 <= r && r <= 0xE01EF }

// isInvisible reports whether a character shows nothing and takes no room, or has
// no meaning that others know. U+200D, which holds emoji together, is none.
func isInvisible(r rune) bool {
	switch r {
	case '\u00ad', '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u180e', '\u200b', '\u200c', '\u2060', '\u2061', '\u2062', '\u2063', '\u2064',
		'\u206a', '\u206b', '\u206c', '\u206d', '\u206e', '\u206f', '\u3164', '\ufeff', '\uffa0', '\u2028', '\u2029':
		return true
	}
	if isBidi(r) || isTag(r) || isSelector(r) || r == '\u200d' || unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		return false // looked for apart, or seen
	}
	return r == '\u2800' || 0xE000 <= r && r <= 0xF8FF || 0xF0000 <= r ||
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point)
}

func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

// looseJoiner returns where U+200D stands beside ASCII or beside another one, or
// -1. Where it belongs it joins two characters of other scripts, or emoji.
func looseJoiner(text string) int {
	before := rune(' ')
	for at, r := range text {
		if before == '\u200d' && (r < utf8.RuneSelf || r == '\u200d') || r == '\u200d' && before < utf8.RuneSelf {
			return at
		}
		before = r
	}
	return -1
}

// selectorRun returns where variation selectors follow each other, or -1. One
// alone chooses the look of a character.
func selectorRun(text string) int {
	last := -1
	for at, r := range text {
		if !isSelector(r) {
			last = -1
			continue
		}
		if last >= 0 {
			return last
		}
		last = at
	}
	return -1
}

// mixes reports whether a word has letters of Latin and of an alphabet whose
// letters look like them.
func mixes(word string) bool {
	latin, other := false, false
	for _, r := range word {
		switch {
		case unicode.Is(unicode.Latin, r) && r < 0xFF00:
			latin = true
		case unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee, unicode.Latin, unicode.Coptic, unicode.Lisu), 0x1D400 <= r && r <= 0x1D7FF:
			other = true
		}
	}
	return latin && other
}
