package tools

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// reading is a text as its wording is recognized: in lower case, in plain letters
// whatever their style, alphabet or accents, without what one cannot see, and with
// single spaces.
type reading struct {
	text []byte
	from []int // of each byte, where it comes from
}

// read returns the reading of a text.
func read(text string) reading {
	b := reading{make([]byte, 0, len(text)), make([]int, 0, len(text))}
	space := -1
	var folded [64]byte
	for at, r := range text {
		if unicode.IsSpace(r) || r == '_' || r == '*' {
			if space < 0 && len(b.text) > 0 {
				space = at
			}
			continue
		}
		letters := appendFolded(folded[:0], r)
		if len(letters) == 0 {
			continue
		}
		if space >= 0 {
			b.add(space, ' ')
			space = -1
		}
		b.add(at, letters...)
	}
	return b
}

func (b *reading) add(from int, text ...byte) {
	for _, c := range text {
		b.text = append(b.text, c)
		b.from = append(b.from, from)
	}
}

// mostLetters is how many bytes of what a character is made of are read: some are
// whole sentences.
const mostLetters = 8

// appendFolded appends what a character is read as: nothing, if it is not seen.
func appendFolded(to []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return utf8.AppendRune(to, unicode.ToLower(r))
	}
	if isInvisible(r) || isBidi(r) || isTag(r) || isSelector(r) || isJoiner(r) {
		return to
	}
	var source [utf8.UTFMax]byte
	decomposed := norm.NFKD.AppendString(nil, string(source[:utf8.EncodeRune(source[:], r)]))
	for start := len(to); len(decomposed) > 0 && len(to)-start < mostLetters; {
		part, size := utf8.DecodeRune(decomposed)
		decomposed = decomposed[size:]
		if !unicode.In(part, unicode.Mn, unicode.Me) {
			to = utf8.AppendRune(to, lookAlike(part))
		}
	}
	return to
}

// fold reads the letters of an expression as those of texts are read.
func fold(expression string) string {
	var b []byte
	for _, r := range expression {
		if r < utf8.RuneSelf {
			b = utf8.AppendRune(b, r)
			continue
		}
		b = appendFolded(b, r)
	}
	return string(b)
}

// The bounds of what is read as one word.
const (
	spelledLetters = 4 // so many letters standing alone are a word that is spelled
	spelledGap     = 3 // so many characters stand between two of them at most
)

// closeUp returns the reading without what stands between the letters of words: a
// mark, or spaces and marks where letters stand alone. It reports whether there
// were such letters: then the words of the reading may stand together.
func (b reading) closeUp() (closed reading, spelled bool) {
	words := b.words()
	closed = reading{make([]byte, 0, len(b.text)), make([]int, 0, len(b.from))}
	copied, run := 0, 0
	for i, w := range words {
		if i >= run {
			run = b.spelledUntil(words, i)
			spelled = spelled || run-i >= spelledLetters
		}
		if i > 0 && (words[i-1].inSpelled || b.isMark(words[i-1].end, w.start)) {
			copied = w.start
		}
		words[i].inSpelled = i+1 < run
		closed.text = append(closed.text, b.text[copied:w.end]...)
		closed.from = append(closed.from, b.from[copied:w.end]...)
		copied = w.end
	}
	closed.text = append(closed.text, b.text[copied:]...)
	closed.from = append(closed.from, b.from[copied:]...)
	return closed, spelled
}

// word is where letters stand together.
type word struct {
	start, end int
	alone      bool // it is one letter
	inSpelled  bool // the next word goes on with it
}

// words returns the words of the reading.
func (b reading) words() []word {
	var words []word
	letters := 0
	for at := 0; at < len(b.text); {
		r, size := utf8.DecodeRune(b.text[at:])
		switch {
		case !unicode.IsLetter(r):
			letters = 0
		case letters == 0:
			words = append(words, word{start: at, end: at + size, alone: true})
			letters = 1
		default:
			words[len(words)-1].end, words[len(words)-1].alone = at+size, false
		}
		at += size
	}
	return words
}

// spelledUntil returns the end of the letters standing alone that begin with the
// word at i; i + 1 if they are too few.
func (b reading) spelledUntil(words []word, i int) int {
	if !words[i].alone {
		return i + 1
	}
	end := i + 1
	for end < len(words) && words[end].alone && utf8.RuneCount(b.text[words[end-1].end:words[end].start]) <= spelledGap {
		end++
	}
	if end-i < spelledLetters {
		return i + 1
	}
	return end
}

// isMark reports whether one character that is no space, no digit and no end of a
// sentence stands between two words.
func (b reading) isMark(start, end int) bool {
	r, size := utf8.DecodeRune(b.text[start:end])
	return size == end-start && !unicode.IsDigit(r) && !strings.ContainsRune(" '!?。", r)
}
