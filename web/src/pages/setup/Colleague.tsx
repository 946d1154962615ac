import { Accordion, AccordionHeader, AccordionItem, AccordionPanel, Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { MailRegular } from "@fluentui/react-icons";
import type { Referral } from "../../api/setup";
import { setup } from "../../messages/setup";
import { Code } from "../../ui/Code";

const said = setup.colleague;
const useStyles = makeStyles({ body: { display: "grid", gap: tokens.spacingVerticalM, justifyItems: "start", "& > div": { width: "100%" } } });

/** For whoever cannot consent: what to send to somebody who can. */
export function Colleague({ referral }: { referral: Referral }) {
  const styles = useStyles();
  return (
    <Accordion collapsible>
      <AccordionItem value="colleague">
        <AccordionHeader as="h3">{said.title}</AccordionHeader>
        <AccordionPanel>
          <div className={styles.body}>
            <Text>{said.text}</Text>
            <Code label={said.message} text={referral.text} />
            <Button as="a" icon={<MailRegular />} href={`mailto:?subject=${encodeURIComponent(said.subject)}&body=${encodeURIComponent(referral.text)}`}>
              {said.mail}
            </Button>
          </div>
        </AccordionPanel>
      </AccordionItem>
    </Accordion>
  );
}
