package authserver

import "gatehouse/internal/entra"

// Explanation is what an error of Entra's means to a person, and who can do what
// about it.
type Explanation struct{ Title, Text, Remedy string }

// Explain returns what people read here when Entra refuses to sign them in to a
// registration with that number (AADSTS…). It reports false for a number that is not
// told apart from others of its class.
func Explain(number int, at Registration) (Explanation, bool) {
	told, ok := numbered(number)
	return Explanation{told.title, told.text, told.remedyAt(at)}, ok
}

func numbered(number int) (explanation, bool) {
	told, ok := byNumber[number]
	if !ok {
		told, ok = byTrouble[(&entra.TokenError{Code: number}).Trouble()]
	}
	return told, ok
}
