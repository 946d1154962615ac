package tools

import (
	"regexp"
	"strings"
)

// signal is what a text may look like and what it means to an admin.
type signal struct {
	expression *regexp.Regexp
	finding    string
	code       FlagCode
}

// wording is what a text may say and what it means to an admin.
type wording struct {
	expression sought // over a reading
	loose      sought // over one whose words may stand together
	finding    string
}

func newWording(expression, finding string) wording {
	expression = fold(expression)
	loose := strings.NewReplacer(`\b`, ``, ` `, ` ?`).Replace(expression)
	return wording{seek(expression), seek(loose), finding}
}

// recognized is a wording that a text has.
type recognized struct {
	finding string
	at      int // where it begins
}

// recognize returns which of the wordings a text has, of each the first, however
// it is spelled.
func recognize(text string) []recognized {
	var all []recognized
	plain := read(text)
	closed, spelled := plain.closeUp()
	for _, w := range wordings {
		b, at := plain, w.expression.find(plain.text)
		if at == nil && len(closed.text) < len(plain.text) {
			b, at = closed, w.inside(closed, spelled)
		}
		if at != nil {
			all = append(all, recognized{w.finding, b.from[at[0]]})
		}
	}
	return all
}

// inside looks for the wording in a reading whose words have been closed up.
func (w wording) inside(closed reading, spelled bool) []int {
	if spelled {
		return w.loose.find(closed.text)
	}
	return w.expression.find(closed.text)
}

// The findings that several wordings have.
const (
	toIgnore        = "The text tells the model to ignore its instructions."
	toConceal       = "The text tells the model to keep something from the person."
	toSend          = "The text asks for secrets, or for what was said before."
	ownInstructions = "The text speaks about the model's own instructions."
)

// wordings are what descriptions of tools do not need to say, and what those who
// want to take over a model do say, in English and the languages of tongues. They
// are a reason to look, not a proof.
var wordings = append(speaking(tongues),
	newWording(`\b(ignore|disregard|forget|override|bypass)\b.{0,30}\b(previous|prior|above|earlier|all|any|other|your|system|safety)\b.{0,20}\b(instruction|instructions|prompt|prompts|rule|rules|guideline|guidelines|context|message|messages)\b`, toIgnore),
	newWording(`\b(do not|don't|dont|never|without)\b.{0,20}\b(tell|telling|mention|mentioning|reveal|revealing|inform|informing|notify|notifying|show|showing|alert|alerting|ask|asking)\b.{0,15}\b(the )?(user|users|person|human|customer|anyone|anybody)\b`, toConceal),
	newWording(`\b(hide|conceal|keep)\b.{0,30}\b(from the user|from users|secret from|from the human)\b`, toConceal),
	newWording(`\b(before|after|whenever|prior to)\b.{0,15}\b(using|calling|invoking|running|executing|use|call)\b.{0,15}\b(this|any|every|each|all|other|another)\b.{0,15}\b(tool|tools|function|functions)\b`, "The text tells the model what to do around calls of this or of other tools."),
	newWording(`\b(you must|you have to|must first|must always|always)\b.{0,40}\b(call|invoke|run|execute)\b|\b(you must|always) use this\b`, "The text gives the model orders. A definition describes; it does not need to command."),
	newWording(`\b(instead of|rather than|prefer this (tool )?(over|to)|do not use)\b.{0,30}\b(tool|tools|function|functions)\b`, "The text speaks about other tools."),
	newWording(`\b(system prompt|system message|system instruction|system instructions|developer message|chain of thought|hidden instruction|hidden instructions)\b`, ownInstructions),
	newWording(`\b(send|forward|post|upload|include|pass|append|copy|exfiltrate|transmit|leak|read|provide|attach|put)\b.{0,60}\b(password|passwords|api key|api keys|apikey|secret|secrets|token|tokens|credential|credentials|private key|private keys|ssh key|ssh keys|access key|access keys|cookie|cookies|environment variables|conversation|chat history|conversation history|previous messages|context window)\b`, toSend),
	newWording(`(~/\.(ssh|aws|azure|kube|gnupg|netrc)|\bid (rsa|ed25519|ecdsa)\b|/etc/(passwd|shadow)|\.env\b|mcp\.json|claude desktop config|\.cursor/)`, "The text names files that hold secrets or configuration."),
	newWording(`\b(you are (now|a|an)|act as|pretend (to be|you|that)|from now on|new instructions?:|jailbreak)\b`, "The text tells the model who to be."),
)

// forms are what text may look like where a sentence is expected.
var forms = []signal{
	{regexp.MustCompile(`[\s\x{85}\p{Z}]{100}`), "The text holds a long run of white space, behind which something may stand that is not looked at.", FlagHidden},
	{regexp.MustCompile(`<!--`), "The text holds a comment of markup, which is not shown where markup is.", FlagMarkup},
	{regexp.MustCompile(`(?i)</?(important|instructions?|system|assistant|user|human|prompt|secret|admin|tool|function|hidden|rules?)\b[^>]{0,80}>`), "The text holds tags that look like parts of a prompt.", FlagMarkup},
	{regexp.MustCompile(`(?i)</?(script|iframe|img|svg|style|object|embed|link|meta|form|a|div|span|details|template|b|i|u|s|p|br|hr|em|strong|small|sub|sup|font|center|pre|h[1-6]|ul|ol|li|tr|td|th|blockquote|button|video|audio|html)\b[^>]{0,200}>`), "The text holds markup.", FlagMarkup},
	{regexp.MustCompile(`(?i)\[/?(inst|system)\]|<\|[a-z_]{1,30}\|>|<<sys>>|^(###? ?)?(system|assistant|human|user):`), "The text holds marks by which models tell who speaks.", FlagMarkup},
	{regexp.MustCompile(`!\[[^\]]{0,200}\]\([^)]{0,300}\)`), "The text holds an image, which is loaded when it is shown.", FlagMarkup},
	{regexp.MustCompile(`(?i)\b(javascript|vbscript):`), "The text holds a link that runs a script.", FlagMarkup},
	{regexp.MustCompile(`(^|[^A-Za-z0-9+/=,;:])[A-Za-z0-9+/]{120,}={0,2}`), "The text holds something that looks encoded.", FlagEncoded},
	{regexp.MustCompile(`(\\x[0-9A-Fa-f]{2}){8,}|(\\u[0-9A-Fa-f]{4}){6,}|(%[0-9A-Fa-f]{2}){12,}`), "The text holds something that looks encoded.", FlagEncoded},
}
