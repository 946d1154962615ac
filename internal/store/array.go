package store

import (
	"database/sql/driver"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgtype"

	"gatehouse/internal/tenants"
)

// textArray is a column of type text[]; nil and empty are the same.
type textArray []string

// GormDataType keeps GORM from taking the slice for an association.
func (textArray) GormDataType() string { return "text[]" }

// Value implements driver.Valuer.
func (a textArray) Value() (driver.Value, error) { return encodeArray([]string(a)) }

// Scan implements sql.Scanner.
func (a *textArray) Scan(src any) error { return scanArray(src, (*[]string)(a)) }

// guidArray is a column of type uuid[]; nil and empty are the same.
type guidArray []tenants.GUID

// GormDataType keeps GORM from taking the slice for an association.
func (guidArray) GormDataType() string { return "uuid[]" }

// Value implements driver.Valuer.
func (a guidArray) Value() (driver.Value, error) {
	texts := make([]string, len(a))
	for i, g := range a {
		texts[i] = g.String()
	}
	return encodeArray(texts)
}

// Scan implements sql.Scanner.
func (a *guidArray) Scan(src any) error {
	var texts []string
	if err := scanArray(src, &texts); err != nil {
		return err
	}
	*a = nil
	for _, text := range texts {
		g, err := tenants.ParseGUID(text)
		if err != nil {
			return fmt.Errorf("scan guid array: %w", err)
		}
		*a = append(*a, g)
	}
	return nil
}

func encodeArray(texts []string) (driver.Value, error) {
	if texts == nil {
		texts = []string{}
	}
	text, err := pgtype.NewMap().Encode(pgtype.TextArrayOID, pgtype.TextFormatCode, texts, nil)
	return string(text), err
}

func scanArray(src any, into *[]string) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("scan array: %T", src)
	}
	return pgtype.NewMap().Scan(pgtype.TextArrayOID, pgtype.TextFormatCode, []byte(text), into)
}

// numberArray is a value of type smallint[], integer[] or bigint[].
type numberArray []int64

// GormDataType keeps GORM from taking the slice for a list of arguments.
func (numberArray) GormDataType() string { return "bigint[]" }

// Value implements driver.Valuer.
func (a numberArray) Value() (driver.Value, error) {
	text := []byte{'{'}
	for i, n := range a {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, n, 10)
	}
	return string(append(text, '}')), nil
}
