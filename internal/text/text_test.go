package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gatehouse/internal/text"
)

func TestNoCharacterIsCutApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"", 0, ""},
		{"abc", 3, "abc"},
		{"abc", 2, "ab"},
		{"abc", 0, ""},
		{"aéb", 1, "a"},
		{"aéb", 2, "a"},
		{"aéb", 3, "aé"},
		{"€", 1, ""},
		{"€", 2, ""},
		{"€", 3, "€"},
		{"a🙂", 2, "a"},
		{"a🙂", 3, "a"},
		{"a🙂", 4, "a"},
		{"a🙂", 5, "a🙂"},
		{"\x80\x80\x80", 1, ""},
	} {
		if got := text.Cut(c.text, c.most); got != c.want {
			t.Errorf("%q cut to %d bytes is %q, want %q", c.text, c.most, got, c.want)
		}
	}
	for most := range 40 {
		got := text.Cut(strings.Repeat("aé€🙂", 4), most)
		if !utf8.ValidString(got) || len(got) > most || len(got) < most-3 {
			t.Errorf("cut to %d bytes: %q", most, got)
		}
	}
}

func TestALineShowsEverything(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain text": "plain text", "two\r\nlines\tof": "two  lines of", "né\u00a0e": "né e",
		"a\u202eb": "a\ufffdb", "a\x00b\x7f": "a\ufffdb\ufffd", "a\xffb": "a\ufffdb", "a\U000e0041b": "a\ufffdb",
	} {
		if got := text.Line(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

func TestWhatIsStorableIsValidAndHasNoZeros(t *testing.T) {
	t.Parallel()
	if got, want := text.Storable("a\x00b\xff\xfe\nc\u202e"), "a\ufffdb\ufffd\nc\u202e"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRowQuotesEveryCell(t *testing.T) {
	t.Parallel()
	if got := string(text.AppendRow([]byte("x"), []string{`say "hi"`, "=1", "", "a,b"})); got != "x\"say \"\"hi\"\"\",\"'=1\",\"\",\"a,b\"\r\n" {
		t.Errorf("%q", got)
	}
}

func TestCellIsNoFormula(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"": "", "plain": "plain", "1-2": "1-2", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "＝1": "'＝1", "a=1": "a=1", " =1": "' =1", "Ada;=1+1": "Ada;'=1+1", "a; b": "a; b",
	} {
		if got := text.Cell(s); got != want {
			t.Errorf("%q becomes %q, want %q", s, got, want)
		}
	}
}
