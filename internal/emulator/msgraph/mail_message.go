package msgraph

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/odata"
	"gatehouse/internal/emulator/seed"
)

// messageKind is the resource type message in lists, messageOnly by itself.
var (
	messageKind = &itemKind{
		name: "message", page: outlookPage, max: outlookMax, unsupported: outlookUnsupported,
		options: []string{"$top", "$skip", "$skiptoken", "$select", "$filter", "$orderby", "$search", "$count"},
		ordered: []string{"receivedDateTime", "sentDateTime", "subject", "from/emailAddress/address", "from/emailAddress/name", "isRead"},
		compared: map[string]edm{
			"receivedDateTime": edmTime, "sentDateTime": edmTime, "createdDateTime": edmTime, "lastModifiedDateTime": edmTime,
			"isRead": edmBool, "isDraft": edmBool, "hasAttachments": edmBool, "subject": edmString, "importance": edmString,
			"from/emailAddress/address": edmString, "from/emailAddress/name": edmString, "conversationId": edmString,
			"internetMessageId": edmString, "inferenceClassification": edmString,
		},
		properties: messageProperties,
	}
	messageOnly = &itemKind{name: "message", unsupported: outlookUnsupported, options: []string{"$select"}, properties: messageProperties}
)

var messageProperties = []string{
	"bccRecipients", "body", "bodyPreview", "categories", "ccRecipients", "changeKey", "conversationId", "createdDateTime", "flag", "from",
	"hasAttachments", "id", "importance", "inferenceClassification", "internetMessageId", "isDeliveryReceiptRequested", "isDraft", "isRead",
	"isReadReceiptRequested", "lastModifiedDateTime", "parentFolderId", "receivedDateTime", "replyTo", "sender", "sentDateTime", "subject",
	"toRecipients", "uniqueBody", "webLink",
}

// messageItems are a person's messages, the latest first.
func messageItems(v *visit, owner *directory.Person, prefer preferences) []item {
	var out []item
	for n, m := range owner.Messages {
		i := messageItem(v, owner, m, n)
		if v.readsBodies() {
			i.shown["body"], i.shown["bodyPreview"] = prefer.body(m.Body), preview(m.Body)
			i.onRequest = map[string]any{"uniqueBody": prefer.body(m.Body)}
		}
		out = append(out, i)
	}
	slices.SortStableFunc(out, func(a, b item) int { return odata.Compare(b.keys["receivedDateTime"], a.keys["receivedDateTime"]) })
	return out
}

func messageItem(v *visit, owner *directory.Person, m seed.Message, n int) item {
	id := outlookID(v, owner, "message", n)
	key, etag := changed(id, m.Received)
	from, at := senderName(v, m.From), stamp(m.Received)
	sender := address(from, m.From)
	none := []any{}
	shown := map[string]any{
		"@odata.etag": etag, "id": id, "createdDateTime": at, "lastModifiedDateTime": at, "changeKey": key, "categories": none,
		"receivedDateTime": at, "sentDateTime": at, "hasAttachments": false, "internetMessageId": internetID(v, owner, n),
		"subject": m.Subject, "importance": "normal", "parentFolderId": folderID(v, owner, inbox),
		"conversationId": "AAQkA" + id[len("AAMkA"):], "isDeliveryReceiptRequested": nil, "isReadReceiptRequested": false,
		"isRead": m.Read, "isDraft": false, "webLink": "https://outlook.office365.com/owa/?ItemID=" + url.QueryEscape(id) + "&exvsurl=1&viewmodel=ReadMessageItem",
		"inferenceClassification": "focused", "sender": sender, "from": sender, "toRecipients": []any{addressOf(v, owner)},
		"ccRecipients": none, "bccRecipients": none, "replyTo": none, "flag": map[string]any{"flagStatus": "notFlagged"},
	}
	return item{id: id, shown: shown, keys: map[string]any{
		"receivedDateTime": m.Received, "sentDateTime": m.Received, "createdDateTime": m.Received, "lastModifiedDateTime": m.Received,
		"isRead": m.Read, "isDraft": false, "hasAttachments": false, "subject": m.Subject, "importance": "normal",
		"from/emailAddress/address": m.From, "from/emailAddress/name": from, "conversationId": shown["conversationId"],
		"internetMessageId": shown["internetMessageId"], "inferenceClassification": "focused",
		searchedBody: m.Body, searchedTo: owner.Name + " " + cmp.Or(owner.Mail, owner.Username),
	}}
}

func internetID(v *visit, owner *directory.Person, n int) string {
	return "<" + strings.ToUpper(strings.ReplaceAll(outlookGUID(v, owner, "message", n), "-", "")) + "@emulator.prod.outlook.com>"
}

// senderName is the display name of a sender of the tenant, else the address.
func senderName(v *visit, mail string) string {
	for _, id := range v.tenant.Order {
		if p := v.tenant.People[id]; p.Mail != "" && strings.EqualFold(p.Mail, mail) {
			return p.Name
		}
	}
	return mail
}
