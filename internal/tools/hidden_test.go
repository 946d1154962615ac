package tools_test

import (
	"strings"
	"testing"

	"gatehouse/internal/tools"
)

func found(t *testing.T, text, finding string) bool {
	t.Helper()
	for _, f := range tools.Examine(described(t, text)) {
		if strings.Contains(f.Finding, finding) {
			return true
		}
	}
	return false
}

func TestWhatNobodySeesIsFlagged(t *testing.T) {
	t.Parallel()
	for text, finding := range map[string]string{
		"unassigned \u0378":               "no meaning",
		"unassigned \U0001FFFD":           "no meaning",
		"noncharacter \uffff":             "no meaning",
		"noncharacter \U0003fffe":         "no meaning",
		"reserved \ufff0":                 "no meaning",
		"reserved \U000e0fff":             "no meaning",
		"private \U0010abcd":              "no meaning",
		"Latin\u200cletters":              "joiners",
		"Latin é\u200d letters":           "joiners",
		"ends with \u200c":                "joiners",
		"two می\u200c\u200cخواهم":         "joiners",
		"after an emoji 👩\u200dx":         "joiners",
		"an emoji at the end 👩\u200d":     "joiners",
		strings.Repeat("a\ufe01", 2):      "no variants",
		"я\ufe0f and ю\ufe0e":             "no variants",
		"space \ufe00 and\u180b":          "no variants",
		strings.Repeat("😀\U000e0101", 2):  "no variants",
		"😀\U000e0101\U000e0102":           "run of variation",
		"🏴\U000e0067\U000e0062\U000e007f": "tag characters",
		"🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f and \U000e0041": "tag characters",
		"Finds." + strings.Repeat("\u3000", 100):                                       "white space",
		"Finds." + strings.Repeat("\u00a0\n", 100):                                     "white space",
	} {
		if !found(t, text, finding) {
			t.Errorf("%.60q: no flag about %q in %+v", text, finding, tools.Examine(described(t, text)))
		}
	}
}

func TestDisguisedWordsAreFlagged(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Send it to the b\u0430nk.", "Ρaypal", "inst\u03bfll", "l\u043eg\u200bin", "\u13aadmin", "\ua4d0ank", "m\u0585re", "lοοk",
	} {
		if !found(t, text, "another alphabet") {
			t.Errorf("%q: no flag", text)
		}
	}
}

// TestHonestTextsHaveNoFlags holds for what descriptions say in any language.
func TestHonestTextsHaveNoFlags(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Recherche « les notes » de l’utilisateur ; n'affiche que les vingt premières.", "Ne renvoie pas les notes supprimées.", "Ignore la casse et les accents.",
		"Ajoute des identifiants à une liste.", "Affiche les instructions précédentes de la machine.",
		"Sucht Notizen; ignoriert Groß- und Kleinschreibung sowie Leerzeichen.", "Zeigt dem Benutzer höchstens 20 Einträge, nicht mehr.", "Führt alle Anweisungen einer Transaktion aus. Übergeht gelöschte Zeilen.", "Verwirft alle früheren Entwürfe. Größe in µm, „Maße“ ‚innen‘.",
		"Busca notas; ignora mayúsculas y minúsculas.", "No muestra las notas borradas. ¿Cuántas? ¡Todas!", "Pesquisa notas; não mostra as apagadas.", "Cerca le note; non mostra quelle eliminate. Ignora le maiuscole.",
		"Ищет заметки пользователя, не учитывая регистр. Возвращает JSON; PDFы и URLа нет, SQL-запрос и 3D-модель есть.", "Показывает инструкции к станку.", "搜索用户的笔记，忽略大小写。系统提示错误时请重试。", "更改用户的密码，不要提供旧密码。",
		"ユーザーのメモを検索します。大文字と小文字の違いは無視します。", "トークンを送信します。ユーザーに結果を表示します。", "葛\U000e0100城市と邉\U000e0101さん", "사용자의 노트를 검색합니다.", "ᠮᠣᠩᠭᠣᠯ\u180b ᠪᠢᠴᠢᠭ\u180b",
		"می\u200cخواهم کتاب\u200cها را جست\u200cوجو کنم.", "ه\u200d ١٤٤٥، السنة", "क्\u200dष और क्\u200cष, श्री", "শ্রী র\u200d্য", "ශ්\u200dරී ලංකා", "ക്\u200dഷ", "שָׁלוֹם", "ภาษาไทย", "Tiếng Việt có dấu", "Ελληνικά κείμενα με JSON",
		"👨\u200d👩\u200d👧\u200d👦 👩🏽\u200d💻 ❤️\u200d🔥 🙂\u200d↔️ 🏃🏽\u200d♀️\u200d➡️ 🏳️\u200d🌈 👁️\u200d🗨️ 🧑\u200d🤝\u200d🧑", "1️⃣ 2️⃣ #️⃣ ℹ️ ©️ ®️ ‼️ ™️ ↔️ ▶️ ☎️", "🇩🇪 🇫🇷 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f 🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f", "\U0001fae9 \U0001faea", "ＦＵＬＬ　ｗｉｄｔｈ",
		"∀x∈ℝ: √(x²) = |x|, ∑αᵢ ≤ π⁄2, Δt, ρgh, αmax, kΩ, μs, λx, 𝑚𝑐² and ½", "∩︀ ≨︀", "a\u00a0b “quoted” ‘it’ — and … 50 °C №1 §2 €3",
		"Shows the previous instructions of the assembly line.", "Returns all instructions of a recipe, and the rules of the kitchen.", "Options: a, b, c, d, e, f, g, h. Grades A B C D E F.", "Reads e.g. x.y.z or U.S.A. and file.name.", "Compares tokens: t o k e n s are letters.",
		"Format: Y-M-D h:m:s; use a/b/c/d.",
	} {
		if flags := tools.Examine(described(t, text)); len(flags) > 0 {
			t.Errorf("%q: %+v", text, flags)
		}
	}
}
