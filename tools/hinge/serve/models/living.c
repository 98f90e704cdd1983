#include "serve/models/living.h"

#include "serve/models/model.h"

void living_create(struct living *living)
{
    *living = (struct living){0};
    pthread_mutex_init(&living->lock, NULL);
}

void living_destroy(struct living *living)
{
    pthread_mutex_destroy(&living->lock);
}

void living_add(struct living *living, struct model *model)
{
    pthread_mutex_lock(&living->lock);
    model->next = living->first;
    if (model->next)
        model->next->previous = model;
    living->first = model;
    if (living->is_ending)
        contexts_cancel(&model->contexts);
    pthread_mutex_unlock(&living->lock);
}

void living_remove(struct living *living, struct model *model)
{
    pthread_mutex_lock(&living->lock);
    if (model->previous)
        model->previous->next = model->next;
    else
        living->first = model->next;
    if (model->next)
        model->next->previous = model->previous;
    pthread_mutex_unlock(&living->lock);
}

void living_cancel(struct living *living)
{
    pthread_mutex_lock(&living->lock);
    living->is_ending = true;
    for (struct model *model = living->first; model; model = model->next)
        contexts_cancel(&model->contexts);
    pthread_mutex_unlock(&living->lock);
}
