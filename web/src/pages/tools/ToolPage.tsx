import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { rolesQuery } from "../../api/access";
import { includes } from "../../api/roles";
import { isClash, type Tagged } from "../../api/tagged";
import { recentCallsQuery, type Tool, toolDefinitionQuery, toolQuery, useCallTool, useChangeTool } from "../../api/tools";
import { messages } from "../../messages/common";
import { effects, tool as said } from "../../messages/tools";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { Confirm } from "../../ui/Confirm";
import { Failure, type Trouble } from "../../ui/Failure";
import { useTell } from "../../ui/tell";
import type { Called } from "./CallResult";
import { RecentCalls } from "./RecentCalls";
import { membersOf } from "./schema";
import { type ToolActs, ToolView } from "./ToolView";
import { TryIt } from "./TryIt";
import { WhoMayCall } from "./WhoMayCall";

/** One tool: what is decided about it, who may call it, who did, and a call by whoever looks. */
export function ToolPage() {
  const { organization, held, visiting } = usePlace();
  const { tool: name } = useParams({ from: "/o/$org/tools/$tool" });
  const org = organization.slug;
  const found = useQuery(toolQuery(org, name));
  const definition = useQuery(toolDefinitionQuery(org, name));
  const roles = useQuery(rolesQuery(org));
  const recent = useQuery({ ...recentCallsQuery(org, name), enabled: includes(held, "auditor") });
  // What is shown is shown at once: nothing below moves.
  const whole = ![found, definition, roles].some((query) => query.isPending) && !recent.isLoading;
  const change = useChangeTool(org, name);
  const [off, setOff] = useState<Tagged<Tool> | null>(null); // as it was when that was asked
  const tell = useTell();
  const navigate = useNavigate();
  const router = useRouter();
  const tool = found.data?.value;
  const source = tool?.source;
  const settle = ({ value, tag }: Tagged<Tool>, wanted: { enabled?: boolean; effect?: Effect }, told: string) => {
    const body = { enabled: value.enabled, effect: value.effect ?? "destructive", ...wanted };
    change.mutate(
      { tag, body },
      {
        onSuccess: () => {
          setOff(null);
          tell(told);
        },
        onError: (refusal) => {
          if (!isClash(refusal)) return;
          void found.refetch().then(({ data }) => {
            setOff((asked) => asked && (data ?? asked));
          });
        },
      },
    );
  };
  const actsOn = (shown: Tagged<Tool>): ToolActs => ({
    busy: change.isPending,
    onEffect: (effect) => {
      settle(shown, { effect }, said.effectSaved(name, effects[effect]));
    },
    onSwitch: source
      ? undefined
      : (enabled) => {
          change.reset();
          if (enabled) settle(shown, { enabled }, said.turnedOn(name));
          else setOff(shown);
        },
  });
  const error = found.error ?? definition.error ?? change.error;
  return (
    <>
      <ToolView
        organization={organization.name}
        name={name}
        tool={whole ? tool : undefined}
        definition={whole ? definition.data : undefined}
        trouble={error && !off ? changeTrouble(error) : undefined}
        again={() => {
          change.reset();
          void found.refetch();
          void definition.refetch();
        }}
        back={router.buildLocation({ to: "/o/$org/tools", params: { org } }).href}
        onBack={() => {
          void navigate({ to: "/o/$org/tools", params: { org } });
        }}
        sourceAddress={source && router.buildLocation({ to: "/o/$org/tools/sources/$source", params: { org, source } }).href}
        onSource={() => {
          if (source) void navigate({ to: "/o/$org/tools/sources/$source", params: { org, source } });
        }}
        acts={found.data && includes(held, "admin") ? actsOn(found.data) : undefined}
      >
        {tool && definition.data && !visiting && <Call key={name} tool={tool} definition={definition.data.definition} />}
        <Who name={name} />
        {includes(held, "auditor") && <Calls name={name} />}
      </ToolView>
      {off && (
        <Confirm
          title={said.turnOffQuestion(name)}
          action={said.turnOff}
          busy={change.isPending}
          onConfirm={() => {
            settle(off, { enabled: false }, said.turnedOff(name));
          }}
          onCancel={() => {
            setOff(null);
          }}
        >
          {said.turnOffText}
          {change.error && <Failure trouble={changeTrouble(change.error)} />}
        </Confirm>
      )}
    </>
  );
}

type Effect = NonNullable<Tool["effect"]>;

function changeTrouble(error: Error): Trouble {
  return isClash(error) ? { ...troubleOf(error), title: messages.clashTitle, text: said.clash } : troubleOf(error);
}

function Call({ tool, definition }: { tool: Tool; definition: unknown }) {
  const org = usePlace().organization.slug;
  const call = useCallTool(org, tool.name);
  const [called, setCalled] = useState<Called>();
  return (
    <TryIt
      tool={tool}
      fields={membersOf(definition)}
      busy={call.isPending}
      called={called}
      trouble={call.error ? troubleOf(call.error) : undefined}
      onCall={(args) => {
        const began = performance.now();
        call.mutate(args, {
          onSuccess: (result) => {
            setCalled({ result, took: performance.now() - began });
          },
        });
      }}
    />
  );
}

function Who({ name }: { name: string }) {
  const roles = useQuery(rolesQuery(usePlace().organization.slug));
  return (
    <WhoMayCall
      name={name}
      roles={roles.data}
      trouble={roles.error ? troubleOf(roles.error) : undefined}
      again={() => {
        void roles.refetch();
      }}
    />
  );
}

function Calls({ name }: { name: string }) {
  const recent = useQuery(recentCallsQuery(usePlace().organization.slug, name));
  return (
    <RecentCalls
      records={recent.data}
      trouble={recent.error ? troubleOf(recent.error) : undefined}
      again={() => {
        void recent.refetch();
      }}
    />
  );
}
