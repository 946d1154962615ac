package tools

// tongue is what takes over a model in one language: expressions over readings,
// which have no accents. Where a language has no spaces, or letters that are not
// ours, \b means nothing.
type tongue struct {
	ignore  string // instructions
	conceal string // something from the person
	send    string // secrets
	own     string // the model's own instructions
}

func speaking(in []tongue) []wording {
	var all []wording
	for _, t := range in {
		all = append(all, newWording(t.ignore, toIgnore), newWording(t.conceal, toConceal), newWording(t.send, toSend), newWording(t.own, ownInstructions))
	}
	return all
}

var tongues = []tongue{german, french, spanish, portuguese, italian, russian, chinese, japanese}

var german = tongue{
	ignore: `\b(ignorier|missacht|vergiss|vergesst|vergessen sie|ubergeh|verwirf)\w*\b.{0,30}\b(alle[nrs]?|vorherig|bisherig|vorig|obig|fruher|vorangegangen|vorstehend|deine|ihre|system)\w*\b.{0,20}\b(system)?(anweisung|instrukt\w+|vorgabe|richtlinie|regel|befehl|prompt)(en|n|e|s)?\b` +
		`|\b(vorherig|bisherig|vorig|obig|fruher|vorangegangen|vorstehend|deine|ihre)\w* (anweisung|instrukt\w+|vorgabe|richtlinie|regel|befehl)(en|n|e)?\b.{0,30}\b(ignorier|missacht|vergiss|vergess|ubergeh|verwirf)`,
	conceal: `\b(sage?|sagen sie|erzahle?|verrate?|zeige?|zeigen sie|nenne?|teile?|informiere?|erwahne|benachrichtige)\b.{0,30}\b(benutzer|nutzer|anwender|menschen|kunden|user)(in|n|s)?\b.{0,30}\b(nicht|nichts|niemals|nie)\b` +
		`|\b(nicht|nichts|niemals|nie|ohne)\b.{0,20}\b(benutzer|nutzer|anwender|menschen|kunden|user)(in|n|s)?\b.{0,20}\b(sagen|mitteilen|mitzuteilen|erzahlen|verraten|erwahnen|informieren|zu fragen|benachrichtigen)\b` +
		`|\b(verschweig|verheimlich|verbirg|verberg)\w*\b.{0,30}\b(benutzer|nutzer|anwender|menschen|kunden|user)`,
	send: `\b(sende?|schicke?|ubermittle|ubertrage|lies|gib|kopiere?|fuge?|hange?)\b.{0,60}(\bpasswort|\bpassworter|kennwort|kennworter|zugangsdaten|api-?schlussel|privaten schlussel|geheimnisse)\b`,
	own:  `\b(system-?prompt|systemanweisung(en)?|systemnachricht)\b`,
}

var french = tongue{
	ignore: `\b(ignore[rz]?|ignores|oublie[rz]?|neglige[rz]?|contourne[rz]?|(fais|faites) abstraction|ne (tiens|tenez) pas compte|ne (suis|suivez) (pas|plus))\b.{0,30}\b(instruction|consigne|directive|regle|ordre)s?\b.{0,20}\b(precedent|anterieur|ci-dessus|systeme|initial)` +
		`|\b(ignore[rz]?|oublie[rz]?|neglige[rz]?|contourne[rz]?)\b.{0,10}\b(toutes|tes|vos|ces) (les |tes |vos |ces )?(autres )?(instruction|consigne|directive|regle)s\b`,
	conceal: `\b(ne |n')(lui |leur |le |la |les |en |jamais |rien )?(dis|dites|mentionne[sz]?|revele[sz]?|informe[sz]?|montre[sz]?|previens|prevenez|parle[sz]?|avertis|avertissez)\b.{0,40}\b(utilisat(eur|rice)|usager|client|personne)s?\b` +
		`|\bne (pas|rien|jamais) (en )?(dire|mentionner|informer|montrer|reveler|prevenir|avertir)\b.{0,30}\b(utilisat(eur|rice)|usager|client|personne)s?\b` +
		`|\b(a l'insu de|sans (en )?(informer|prevenir|avertir))\b.{0,10}\b(utilisat(eur|rice)|usager|client|personne)s?\b`,
	send: `\b(envoie[sz]?|envoyez|envoyer|transmets|transmettez|transmettre|inclus|incluez|ajoute[sz]?|lis|lisez|copie[sz]?|divulgue[rsz]?)\b.{0,60}\b(mots? de passe|cles? (d')?api|cles? privees?|identifiants de connexion)\b`,
	own:  `\b(prompt|invite|message|instructions) (du )?systeme\b`,
}

var spanish = tongue{
	ignore: `\b(ignor[ae]n?|ignorar|olvid[ae]n?|olvidar|descart[ae]|descartar|(haz|haga|hacer) caso omiso|no (sigas|siga|hagas caso))\b.{0,30}\b(instruccio(n|nes)|indicaciones|ordenes|reglas|directrices)\b.{0,20}\b(anterior(es)?|previas|precedentes|de arriba|del sistema)\b` +
		`|\b(ignor[ae]n?|ignorar|olvid[ae]n?|olvidar|descart[ae])\b.{0,10}\b(todas|tus|sus|anteriores|previas) (las |tus |sus )?(demas |anteriores |previas )?(instrucciones|indicaciones|ordenes|reglas|directrices)\b`,
	conceal: `\b(no|nunca|jamas|sin)\b.{0,15}\b(digas?|diga|decir(le|les|lo)?|decirselo|menciones?|mencionar(lo)?|reveles?|revelar(lo)?|informes?|informar|muestres?|avises?|avisar(le)?|cuentes?)\b.{0,20}\b(usuari[oa]s?|persona|cliente)\b`,
	send:    `\b(envia|envie|enviar|manda|mande|incluye|incluya|lee|copia|copie|adjunta|adjunte|reenvia)\b.{0,60}\b(contrasenas?|claves? (de )?api|claves? privadas?|credenciales)\b`,
	own:     `\b(prompt|mensaje|instrucciones) (del |de )sistema\b`,
}

var portuguese = tongue{
	ignore: `\b(ignor[ae]|ignorar|esqueca|esquece|esquecer|desconsidere|desconsiderar|nao siga)\b.{0,30}\b(instrucoes|orientacoes|regras|diretrizes|ordens)\b.{0,20}\b(anterior(es)?|previas|acima|do sistema)\b` +
		`|\b(ignor[ae]|ignorar|esqueca|esquece|esquecer|desconsidere|desconsiderar)\b.{0,10}\b(todas|tuas|suas|anteriores|previas) (as |tuas |suas )?(outras |anteriores |previas )?(instrucoes|orientacoes|regras|diretrizes|ordens)\b`,
	conceal: `\b(nao|nunca|jamais|sem)\b.{0,15}\b(diga|digas|dizer|conte|contar|mencione|mencionar|revele|revelar|informe|informar|mostre|avise|avisar)\b.{0,20}\b(usuari[oa]s?|utilizador(es|a)?|pessoa|cliente)\b`,
	send:    `\b(envie|envia|enviar|mande|manda|inclua|leia|copie|anexe|encaminhe)\b.{0,60}\b(senhas?|palavras?-passe|chaves? (de |da )?api|chaves? privadas?|credenciais)\b`,
	own:     `\b(prompt|mensagem|instrucoes) (do |de )sistema\b`,
}

var italian = tongue{
	ignore: `\b(ignora|ignori|ignorate|ignorare|dimentica|dimentichi|dimenticare|trascura|trascurare|non (seguire|tenere conto))\b.{0,30}\b(istruzioni|indicazioni|regole|direttive|ordini)\b.{0,20}\b(precedenti|anteriori|di cui sopra|di sistema|del sistema)\b` +
		`|\b(ignora|ignori|ignorate|ignorare|dimentica|dimentichi|dimenticare)\b.{0,10}\b(tutte|tue|precedenti) (le )?(tue |altre |precedenti )?(istruzioni|indicazioni|regole|direttive)\b`,
	conceal: `\b(non|mai|senza)\b.{0,15}\b(dire|dirlo|dica|menzionare|menzionarlo|rivelare|rivelarlo|informare|mostrare|mostrarlo|avvisare|avvertire|comunicare|far sapere)\b.{0,20}\b(utente|utenti|persona|cliente)\b`,
	send:    `\b(invia|invii|inviare|manda|mandi|includi|includa|leggi|copia|allega|trasmetti)\b.{0,60}\b(la password|le password|chiav[ei] (di )?api|chiav[ei] privat[ae]|credenziali)\b`,
	own:     `\b(prompt|messaggio|istruzioni) (di |del )sistema\b`,
}

var russian = tongue{
	ignore: `(игнорируй|забудь|не обращай внимания на|не следуй|не учитывай).{0,40}(инструкци|указани|предписани|промпт)` +
		`|(игнорировать|забыть).{0,10}(предыдущ|прежни|вышеуказан|системн|все|ваши|твои).{0,20}(инструкци|указани|предписани|промпт)`,
	conceal: `не (говори|сообщай|рассказывай|упоминай|показывай|раскрывай|уведомляй|сообщать об этом|говорить об этом).{0,40}(пользовател|человеку|клиенту)` +
		`|(пользовател|человеку|клиенту).{0,20} (не|ничего не) (говори|сообщай|рассказывай|показывай)` +
		`|(скрой|скрывай|утаи|втайне|незаметно).{0,30}(от|для) (пользовател|человека|клиента)`,
	send: `(отправь|отправляй|перешли|передай|включи|прочитай|скопируй|пришли).{0,60}(парол|ключ api|api-ключ|закрытый ключ|закрытые ключи|учетные данные)`,
	own:  `системн\pL+ (промпт|инструкци)`,
}

var chinese = tongue{
	ignore: `(忽略|无视|無視|忽视|忽視|忘记|忘記|忘掉|不要理会|不要理會|不要遵守|绕过|繞過)[^。!?]{0,10}(之前|先前|以前|以上|上面|前面|上述|此前|所有|全部|一切|任何|你的|您的|系统|系統|其他)[^。!?]{0,10}(指令|指示|提示|规则|規則|命令|约束|約束|设定|設定)`,
	conceal: `(不要|不得|不可|别|別|切勿|请勿|請勿|勿|无需|無需|绝不|絕不)[^。!?]{0,6}(告诉|告訴|告知|通知)[^。!?]{0,6}(用户|用戶|使用者|任何人|他人)` +
		`|(不要|不得|不可|别|別|切勿|请勿|請勿|勿)[^。!?]{0,6}(让|讓|向|对|對)(用户|用戶|使用者|任何人|他人)[^。!?]{0,6}(知道|看到|发现|發現|透露|提及|提起)` +
		`|(对|對|向)(用户|用戶|使用者)(隐瞒|隱瞞|保密)`,
	send: `(密码|密碼|密钥|密鑰|私钥|私鑰|令牌|凭据|凭证|憑證|口令)[^。!?]{0,10}(发给|發給|发送给|發送給|发送到|發送到|传给|傳給|上传到|上傳到|告诉我|告訴我)` +
		`|(发送|發送|发给|發給|上传|上傳|附上|泄露|洩露)[^。!?]{0,12}(密码|密碼|私钥|私鑰|密钥|密鑰|口令|凭据|憑證)`,
	own: `系统提示词|系統提示詞|系统指令|系統指令`,
}

var japanese = tongue{
	ignore:  `(前|これまで|今まで|上記|すべて|全て|全部|あなた|システム|他)[^。!?]{0,12}(指示|命令|指令|ルール|プロンプト|制約)(を|は|に)[^。!?]{0,8}(無視して|無視し、|無視せよ|無視しろ|無視すること|忘れて|忘れろ|従わないで|従うな)`,
	conceal: `(ユーザー?|利用者|使用者|本人)(に|には|へ)[^。!?]{0,15}(言わない|言うな|話さない|話すな|伝えない|伝えず|伝えるな|知らせない|知らせず|知らせるな|教えない|教えるな|見せない|秘密に|内緒)`,
	send:    `(パスワード|秘密鍵|apiキー|認証情報|資格情報)[^。!?]{0,12}(送って|送れ|送信して|送信せよ|渡して|含めて|貼り付けて|教えて)`,
	own:     `システムプロンプト`,
}
