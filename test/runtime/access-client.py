# Asks the server for a connection as each attempt of standard input (JSON) describes it, from an address of the loopback, and tells
# what the server wants, without logging in: one line for each attempt.
import json
import socket
import ssl
import struct
import sys


def packet(attempt):
    words = ['user', attempt['role'], 'database', attempt['database']]
    if attempt['replication']:
        words += ['replication', 'true']
    body = struct.pack('!i', 196608) + b''.join(word.encode() + b'\0' for word in words) + b'\0'
    return struct.pack('!i', len(body) + 4) + body


def exactly(connection, size):
    data = b''
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError('the server closed the connection')
        data += part
    return data


def verdict(attempt):
    family = socket.AF_INET6 if ':' in attempt['address'] else socket.AF_INET
    connection = socket.socket(family)
    connection.settimeout(20)
    connection.bind((attempt['address'], 0))
    connection.connect(('::1' if family == socket.AF_INET6 else '127.0.0.1', 5432))
    if attempt['transport'] == 'tls':
        connection.sendall(struct.pack('!ii', 8, 80877103))
        if exactly(connection, 1) != b'S':
            return 'no TLS'
        context = ssl._create_unverified_context()
        connection = context.wrap_socket(connection)
    connection.sendall(packet(attempt))
    kind, length = exactly(connection, 1), struct.unpack('!i', exactly(connection, 4))[0]
    body = exactly(connection, length - 4)
    connection.close()
    if kind == b'R':
        return {10: 'scram-sha-256', 0: 'let in'}.get(struct.unpack('!i', body[:4])[0], 'something else')
    message = dict((field[:1], field[1:].decode()) for field in body.split(b'\0') if field)[b'M']
    if message.startswith('pg_hba.conf rejects'):
        return 'reject'
    return 'nobody' if message.startswith('no pg_hba.conf entry') else message


for one in json.load(sys.stdin):
    print(verdict(one))
