"""Tasks and replies over RabbitMQ: quorum queues, publisher confirms, dead letters."""

from __future__ import annotations

from services.adapters.rabbitmq.broker import RabbitBroker

__all__ = ["RabbitBroker"]
