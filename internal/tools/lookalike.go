package tools

import (
	"maps"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// twins are letters of other alphabets that look like a letter of ours, and kin
// those of which another form does, such as the capital: both are read as ours.
var (
	twins = pairs(
		"АВЕКМНОРСТУХІЈЅԚԜаеорсухіјѕԁһԛԝӏ", "abekmhopctyxijsqwaeopcyxijsdhqwl", // Cyrillic
		"ΑΒΕΖΗΙΚΜΝΟΡΤΥΧανιορυϲϳ", "abezhikmnoptyxaviopucj", // Greek
		"օոսհցյզԼՏՍՕ", "onuhgjqlsuo", // Armenian
		"ᎠᎡᎢᎪᎫᎬᎳᎷᎻᏀᏃᏒᏔᏙᏚᏞᏟᏢᏦᏴ", "drtajewmhgzrwvslcpkb", // Cherokee
		"ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "bpdtgkjczfmnlsrvhwxyaeiou", // Lisu
		"ⲞⲟⲢⲣⲤⲥ", "ooppcc", // Coptic
	)
	kin = pairs(
		"вкмнт", "bkmht",
		"βεηκτχωγ", "benktxwy",
		"ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɡɑıłøđħ", "abcdefghijklmnoprstuvwyzgailodh",
	)
	alike = both(twins, kin)
)

func pairs(sets ...string) map[rune]rune {
	m := map[rune]rune{}
	for i := 0; i < len(sets); i += 2 {
		for at, r := range []rune(sets[i]) {
			m[r] = rune(sets[i+1][at])
		}
	}
	return m
}

func both(a, b map[rune]rune) map[rune]rune {
	m := maps.Clone(a)
	maps.Copy(m, b)
	return m
}

// lookAlike returns what a character is read as that is not decomposed, in lower
// case.
func lookAlike(r rune) rune {
	switch {
	case r == '’':
		return '\''
	case 0x1F1E6 <= r && r <= 0x1F1FF: // of which flags are made
		return 'a' + r - 0x1F1E6
	case 0x1F150 <= r && r <= 0x1F169: // in a disc
		return 'a' + r - 0x1F150
	case 0x1F170 <= r && r <= 0x1F189: // in a square
		return 'a' + r - 0x1F170
	}
	if to, ok := twins[r]; ok {
		return to
	}
	r = unicode.ToLower(r)
	if to, ok := alike[r]; ok {
		return to
	}
	return r
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

// inflected is an abbreviation with an ending of another alphabet.
var inflected = regexp.MustCompile(`^[A-Z]{2,}[\p{Cyrillic}\p{Greek}]{1,4}$`)

// disguised reports whether a word of prose would look the same in Latin letters
// only, and has others. A unit or a variable, such as a Greek letter before Latin
// ones, does not count.
func disguised(word string) bool {
	first, size := utf8.DecodeRuneInString(word)
	if unicode.Is(unicode.Greek, first) && unicode.IsLower(first) {
		word = word[size:]
	}
	letters, latin, other := 0, false, false
	for _, r := range word {
		if passesOver(r) {
			continue
		}
		letters++
		if _, ok := twins[r]; ok {
			other = true
			continue
		}
		if !unicode.Is(unicode.Latin, r) {
			return false
		}
		latin = true
	}
	return latin && other && letters >= 3 && !inflected.MatchString(word)
}

// passesOver reports whether a character between letters leaves them in one word.
func passesOver(r rune) bool { return isUnseen(r) || unicode.Is(unicode.Mn, r) }

// findWord returns where a text has a word that is like this, or -1.
func findWord(text string, is func(word string) bool) int {
	at := 0
	for at < len(text) {
		start := strings.IndexFunc(text[at:], unicode.IsLetter)
		if start < 0 {
			return -1
		}
		start += at
		end := strings.IndexFunc(text[start:], func(r rune) bool { return !unicode.IsLetter(r) && !passesOver(r) })
		if end < 0 {
			end = len(text) - start
		}
		if is(text[start : start+end]) {
			return start
		}
		at = start + end
	}
	return -1
}
