package store

import (
	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

type sourceSecretRow struct {
	OrgID      tenants.ID   `gorm:"primaryKey"`
	ID         tenants.GUID `gorm:"primaryKey"`
	Ciphertext []byte
}

func (sourceSecretRow) TableName() string { return "source_secrets" }

// writeSourceSecrets stores the ciphertexts that an edit brings and deletes those
// that no source has any more.
func writeSourceSecrets(tx *gorm.DB, org tenants.ID, before []tools.Source, after access.Configuration) error {
	was, now := credentialIDs(before), credentialIDs(after.Sources)
	for id := range now {
		if was[id] {
			continue
		}
		if err := tx.Create(&sourceSecretRow{OrgID: org, ID: id, Ciphertext: after.Secrets[id]}).Error; err != nil {
			return err
		}
	}
	for id := range was {
		if now[id] {
			continue
		}
		if err := tx.Where("id = ?", id).Delete(&sourceSecretRow{}).Error; err != nil {
			return err
		}
	}
	return nil
}

func credentialIDs(sources []tools.Source) map[tenants.GUID]bool {
	ids := map[tenants.GUID]bool{}
	for _, s := range sources {
		if !s.Credential.ID.IsZero() {
			ids[s.Credential.ID] = true
		}
	}
	return ids
}

// readSourceSecrets returns the ciphertexts by the id of the source.
func readSourceSecrets(tx *gorm.DB, sources []tools.Source) (map[tenants.GUID][]byte, error) {
	var rows []sourceSecretRow
	if err := tx.Find(&rows).Error; err != nil {
		return nil, err
	}
	byID := make(map[tenants.GUID][]byte, len(rows))
	for _, r := range rows {
		byID[r.ID] = r.Ciphertext
	}
	bySource := map[tenants.GUID][]byte{}
	for _, s := range sources {
		if ciphertext, ok := byID[s.Credential.ID]; ok {
			bySource[s.ID] = ciphertext
		}
	}
	return bySource, nil
}
