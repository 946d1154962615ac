package tools

import (
	"errors"
	"strings"

	"gatehouse/internal/wire"
)

// InstructionsName is the name of the one definition of KindInstructions that a
// source has.
const InstructionsName = "instructions"

// NewInstructions makes a definition of what a source says to models about itself,
// so that it is reviewed and pinned as its other definitions are.
func NewInstructions(text string) (Offer, error) {
	definition := wire.AppendString([]byte(`{"name":"`+InstructionsName+`","description":`), text)
	return NewOffer(KindInstructions, append(definition, '}'))
}

// Instructions returns the text of a definition of KindInstructions, empty where it
// is none.
func Instructions(definition []byte) string {
	v, err := parse(definition)
	if err != nil {
		return ""
	}
	return v.get("description").str()
}

func checkInstructions(v *value, name string) error {
	switch {
	case name != InstructionsName:
		return errors.New("the name must be " + InstructionsName)
	case strings.TrimSpace(v.get("description").str()) == "":
		return errors.New("the description is empty")
	}
	return nil
}
