import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateDescriptor } from '../../../wit/proto/generate.ts';
import { hostDescriptor } from '#wit/proto';

interface Message {
  readonly fields?: Readonly<
    Record<string, { readonly type: string; readonly id: number; readonly rule?: string; readonly keyType?: string }>
  >;
  readonly values?: Readonly<Record<string, number>>;
  readonly methods?: Readonly<
    Record<
      string,
      {
        readonly requestType: string;
        readonly responseType: string;
        readonly requestStream?: boolean;
        readonly responseStream?: boolean;
      }
    >
  >;
}

const descriptor = hostDescriptor() as unknown as {
  nested: { aria: { nested: { v1: { nested: Readonly<Record<string, Message>> } } } };
};
const messages = descriptor.nested.aria.nested.v1.nested;

/** Messages that clients of older systems were built with: `name:type` at the place of its number, `-` where there is none. */
const older: Readonly<Record<string, string>> = {
  KeyValuePair: 'key:string value:string',
  Task: 'id:string userId:string sessionId:string containerId:string parentTaskId:string type:string commandJson:string environment:map timeoutSeconds:int32 status:TaskStatus createdAt:google.protobuf.Timestamp startedAt:google.protobuf.Timestamp completedAt:google.protobuf.Timestamp exitCode:int32 errorMessage:string progressPercent:double currentOperation:string',
  LaunchTaskRequest: 'sessionId:string type:string commandJson:string environment:map timeoutSeconds:int32',
  LaunchTaskResponse: 'taskId:string',
  GetTaskRequest: 'taskId:string',
  ListTasksRequest: 'sessionId:string filterByStatus:TaskStatus[] pageSize:int32 pageToken:string',
  ListTasksResponse: 'tasks:Task[] nextPageToken:string',
  TaskOutput:
    'taskId:string timestamp:google.protobuf.Timestamp stdoutLine:string stderrLine:string progress:ProgressUpdate',
  ProgressUpdate: 'percentComplete:double operationDescription:string',
  StreamTaskOutputRequest: 'taskId:string follow:bool',
  CancelTaskRequest: 'taskId:string',
  CancelTaskResponse: 'cancellationInitiated:bool',
  Session: 'id:string userId:string createdAt:google.protobuf.Timestamp contextData:map status:string',
  CreateSessionRequest: '',
  GetSessionRequest: 'sessionId:string',
  ExecuteTurnRequest: 'sessionId:string input:string',
  TurnOutput: 'message:Message toolCall:ToolCall toolResult:ToolResult finalResponse:string',
  Message: 'id:string role:MessageRole content:string createdAt:google.protobuf.Timestamp',
  ToolCall: 'toolName:string parametersJson:string',
  ToolResult: 'toolName:string resultJson:string success:bool errorMessage:string',
  Container:
    'id:string userId:string sessionId:string name:string imagePath:string status:TaskStatus createdAt:google.protobuf.Timestamp',
  CreateContainerRequest: 'name:string imagePath:string environment:KeyValuePair[] persistent:bool',
  StartContainerRequest: 'containerId:string',
  StartContainerResponse: '',
  StopContainerRequest: 'containerId:string',
  StopContainerResponse: '',
  RemoveContainerRequest: 'containerId:string',
  RemoveContainerResponse: '',
  GetContainerRequest: 'containerId:string',
  ListContainersRequest: 'sessionId:string',
  ListContainersResponse: 'containers:Container[]',
  StreamContainerLogsRequest: 'containerId:string follow:bool since:google.protobuf.Timestamp',
  ContainerLog: 'line:string stream:Stream timestamp:google.protobuf.Timestamp',
  StreamNotificationsRequest: '',
  Notification:
    'id:string timestamp:google.protobuf.Timestamp bundleUpload:BundleUploadEvent taskStatus:TaskStatusEvent',
  BundleUploadEvent: 'bundleName:string progressPercent:double statusMessage:string success:bool errorMessage:string',
  TaskStatusEvent: 'taskId:string newStatus:TaskStatus statusMessage:string exitCode:int32',
  UploadBundleRequest: 'metadata:BundleMetadata chunk:bytes',
  BundleMetadata: 'name:string totalSizeBytes:uint64',
  UploadBundleResponse: 'bundleId:string success:bool errorMessage:string',
};

const olderValues: Readonly<Record<string, string>> = {
  TaskStatus: 'TASK_STATUS_UNSPECIFIED PENDING RUNNING COMPLETED FAILED CANCELLED TIMEOUT',
  MessageRole: 'MESSAGE_ROLE_UNSPECIFIED SYSTEM USER ASSISTANT TOOL',
  Stream: 'STREAM_UNSPECIFIED STDOUT STDERR',
};

const olderMethods: Readonly<Record<string, string>> = {
  TaskService:
    'LaunchTask(LaunchTaskRequest)LaunchTaskResponse GetTask(GetTaskRequest)Task ListTasks(ListTasksRequest)ListTasksResponse StreamTaskOutput(StreamTaskOutputRequest)stream:TaskOutput CancelTask(CancelTaskRequest)CancelTaskResponse',
  SessionService:
    'CreateSession(CreateSessionRequest)Session GetSession(GetSessionRequest)Session ExecuteTurn(ExecuteTurnRequest)stream:TurnOutput',
  ContainerService:
    'CreateContainer(CreateContainerRequest)Container StartContainer(StartContainerRequest)StartContainerResponse StopContainer(StopContainerRequest)StopContainerResponse RemoveContainer(RemoveContainerRequest)RemoveContainerResponse GetContainer(GetContainerRequest)Container ListContainers(ListContainersRequest)ListContainersResponse StreamContainerLogs(StreamContainerLogsRequest)stream:ContainerLog',
  NotificationService: 'StreamNotifications(StreamNotificationsRequest)stream:Notification',
  BundleService: 'UploadBundle(stream:UploadBundleRequest)UploadBundleResponse',
};

test('clients of older systems find every message, field, number and value where it was', () => {
  for (const [name, text] of Object.entries(older)) {
    const fields = Object.entries(messages[name]?.fields ?? {});
    const wanted = text === '' ? [] : text.split(' ');
    for (const [index, field] of wanted.entries()) {
      const [found, facts] = fields.find(([, { id }]) => id === index + 1) ?? [];
      const type = facts?.keyType === undefined ? facts?.type : 'map';
      expect(`${name}.${found}:${type}${facts?.rule === 'repeated' ? '[]' : ''}`).toBe(`${name}.${field}`);
    }
  }
  for (const [name, text] of Object.entries(olderValues)) {
    expect(messages[name]?.values).toStrictEqual(
      Object.fromEntries(text.split(' ').map((value, index) => [value, index])),
    );
  }
});

test('clients of older systems find every method, with its messages and streams', () => {
  const stream = (streamed: boolean | undefined, type: string): string =>
    `${streamed === true ? 'stream:' : ''}${type}`;
  for (const [name, text] of Object.entries(olderMethods)) {
    const methods = Object.entries(messages[name]?.methods ?? {}).map(
      ([method, { requestType, responseType, requestStream, responseStream }]) =>
        `${method}(${stream(requestStream, requestType)})${stream(responseStream, responseType)}`,
    );
    expect(methods).toEqual(expect.arrayContaining(text.split(' ')));
  }
});

test('the descriptors are those of the .proto files', async () => {
  expect(readdirSync('wit/proto/aria/v1').length).toBe(8);
  const { descriptorText: stored } = await import('../../../wit/proto/generated.ts');
  expect(generateDescriptor()).toContain(stored.slice(0, 200));
  const current: unknown = JSON.parse(/'(.*)';/s.exec(generateDescriptor())?.[1] ?? '');
  expect(current).toStrictEqual(JSON.parse(stored));
});
